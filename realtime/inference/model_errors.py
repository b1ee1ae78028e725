"""Why a model cannot be had, in words a person can act on."""

from realtime.protocol.text import Bilingual, Fault


class ModelUnavailable(Exception):
    """``code`` is stable; ``retry``: the same call may succeed later; ``message`` says what to do instead."""

    def __init__(self, code: str, *, retry: bool, fault: Fault, message: Bilingual) -> None:
        super().__init__(message.en)
        self.code = code
        self.retry = retry
        self.fault = fault
        self.message = message


def unknown(name: str, known: list[str]) -> ModelUnavailable:
    return ModelUnavailable(
        "model_unknown",
        retry=False,
        fault=Fault.CLIENT,
        message=Bilingual(
            zh=f"没有名为“{name}”的模型。可用的名称：{'、'.join(known)}。",
            en=f"There is no model named {name!r}. Known names: {', '.join(known)}.",
        ),
    )


def not_installed(name: str) -> ModelUnavailable:
    return ModelUnavailable(
        "model_not_installed",
        retry=False,
        fault=Fault.CLIENT,
        message=Bilingual(
            zh=f"模型“{name}”尚未安装。请运行：viva models pull {name}",
            en=f"The model {name!r} is not installed. Run: viva models pull {name}",
        ),
    )


def unreachable(name: str, tried: str, cause: str) -> ModelUnavailable:
    """No answer, a broken connection or a server error."""
    return ModelUnavailable(
        "model_unreachable",
        retry=True,
        fault=Fault.NETWORK,
        message=Bilingual(
            zh=f"无法下载模型“{name}”：{tried} 无法访问（{cause}）。{_WAYS_OUT_ZH}",
            en=f"The model {name!r} could not be fetched: {tried} cannot be reached ({cause}). {_WAYS_OUT_EN}",
        ),
    )


def not_found(name: str, tried: str) -> ModelUnavailable:
    return ModelUnavailable(
        "model_not_found",
        retry=False,
        fault=Fault.CLIENT,
        message=Bilingual(
            zh=f"模型“{name}”在此处不存在：{tried}。{_WAYS_OUT_ZH}",
            en=f"The model {name!r} is not there: {tried}. {_WAYS_OUT_EN}",
        ),
    )


def refused(name: str, tried: str, status: int) -> ModelUnavailable:
    return ModelUnavailable(
        "model_refused",
        retry=False,
        fault=Fault.CLIENT,
        message=Bilingual(
            zh=f"{tried} 拒绝提供模型“{name}”（HTTP {status}），可能需要登录。{_WAYS_OUT_ZH}",
            en=f"{tried} refused the model {name!r} (HTTP {status}); it may want credentials. {_WAYS_OUT_EN}",
        ),
    )


def damaged(name: str, file: str, expected: str, found: str) -> ModelUnavailable:
    return ModelUnavailable(
        "model_damaged",
        retry=True,
        fault=Fault.SERVER,
        message=Bilingual(
            zh=f"模型“{name}”的文件 {file} 校验失败：应为 sha256 {expected[:16]}…，实际为 {found[:16]}…。"
            f"请重新运行：viva models pull {name}",
            en=f"{file} of the model {name!r} fails its check: sha256 should be {expected[:16]}… and is {found[:16]}…. "
            f"Run again: viva models pull {name}",
        ),
    )


def not_written(name: str, directory: str, cause: str) -> ModelUnavailable:
    return ModelUnavailable(
        "model_not_written",
        retry=True,
        fault=Fault.SERVER,
        message=Bilingual(
            zh=f"模型“{name}”无法写入 {directory}：{cause}",
            en=f"The model {name!r} could not be written below {directory}: {cause}",
        ),
    )


_WAYS_OUT_ZH = (
    "可改用：（1）镜像站：设置环境变量 HF_ENDPOINT（语音）或 PIP_INDEX_URL（人脸）；"
    "（2）内网地址：viva models pull 名称 --source https://文件服务器/目录；"
    "（3）在可联网的机器上下载后拷贝：viva models pull 名称 --source /目录。"
)
_WAYS_OUT_EN = (
    "Instead: (1) a mirror of the hub or index, named by HF_ENDPOINT (speech) or PIP_INDEX_URL (face); "
    "(2) a file server of your own: viva models pull NAME --source https://server/folder; "
    "(3) files copied from a machine with access: viva models pull NAME --source /folder."
)
