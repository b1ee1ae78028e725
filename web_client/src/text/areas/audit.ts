import { both } from "./both";

export const audit = both(
  {
    audit_title: "Audit log",
    audit_lead: "Every access to a person's data leaves a line here.",
    audit_empty: "Nothing has been looked at yet.",
    audit_at: "When",
    audit_actor: "Who",
    audit_action: "What was done",
    audit_subject: "To what",
    audit_detail: "Detail",
    audit_newest: "Newest",
    audit_older: "Older",
  },
  {
    audit_title: "审计日志",
    audit_lead: "每次查看个人数据，都会在这里留下一行记录。",
    audit_empty: "还没有任何访问记录。",
    audit_at: "时间",
    audit_actor: "操作人",
    audit_action: "操作",
    audit_subject: "对象",
    audit_detail: "说明",
    audit_newest: "最新",
    audit_older: "更早",
  },
);
