import { both } from "./both";

export const destinations = both(
  {
    dest_title: "Destinations",
    dest_hint: "The systems that get results. They stand in the operator's file of destinations and change with it.",
    dest_only_inside: "No other system is connected: results stay in the EHR inside.",
    dest_on: "on",
    dest_off: "off",
    dest_mapping: "mapping {mapping}",
    dest_calls_us: "This system calls us, at",
    dest_check: "Try it",
    dest_checking: "Trying …",
    dest_answers: "It answers: {said}",
    dest_silent: "It does not work ({code}): {said}",
  },
  {
    dest_title: "目的地",
    dest_hint: "接收结果的系统。由运维人员在目的地配置文件中维护。",
    dest_only_inside: "尚未连接其他系统：结果只保存在内置员工系统中。",
    dest_on: "启用",
    dest_off: "停用",
    dest_mapping: "映射 {mapping}",
    dest_calls_us: "由对方系统调用本系统，地址：",
    dest_check: "测试连接",
    dest_checking: "正在测试……",
    dest_answers: "连接正常：{said}",
    dest_silent: "连接异常（{code}）：{said}",
  },
);
