#include "alliance/machine/reasons.h"

namespace brushwatch {
namespace {

constexpr Refusal kRefusals[] = {
    {"unknown_command", "there is no such command", "没有这个命令", "`brushwatch machines` lists the commands of each state"},
    {"command_of_the_engine", "only the engine does this", "该操作只能由系统进行", "leave it to the deadline or the evidence"},
    {"unknown_role", "the role is none of AN SR PL CR RG CA WG SB", "角色不在 AN SR PL CR RG CA WG SB 之中", "give the role you act in"},
    {"role_of_the_engine", "nobody acts as the engine", "不得以系统身份操作", "give the role you act in"},
    {"unknown_sighting", "a sighting is confirmed, false_positive or expired", "反馈须为 confirmed、false_positive 或 expired", "give one of them as the reason"},
    {"unknown_receipt", "a receipt names its channel and the place that is reached", "回执须注明渠道和已达位置", "give both"},
    {"no_subject", "the command does not say whose procedure it is", "命令未指明相对人", "give subject_kind and subject_id"},
    {"no_actor", "the command does not say who acts", "命令未指明操作人", "give the officer's name"},
    {"no_such_target", "this subject has no such alert, case or entry", "该主体没有此预警、案件或名单条目", "look at `brushwatch case ls` and `brushwatch list ls`"},
    {"not_in_this_state", "this cannot be done in the present state", "当前状态不能进行该操作", "`brushwatch case show` tells the state, `brushwatch machines` what it takes"},
    {"role", "this role may not do it", "该角色无权进行该操作", "let somebody in a permitted role do it"},
    {"reason_needed", "a reason is needed", "须说明理由", "give --reason"},
    {"one_family", "one family of evidence opens no case", "单一证据族不能立案", "wait for a second family, or a senior overrides with --reason"},
    {"second_family", "a second family speaks", "已有第二证据族", "take the alert"},
    {"member_needed", "say which member is asked", "须指明被请求的成员", "give --member"},
    {"evidence_hash_needed", "the SHA-256 of the file is needed", "须提供文件的 SHA-256", "give --evidence with 64 hex digits"},
    {"evidence_known", "this evidence is on the file already", "该证据已在案", "a case is opened again by new evidence only"},
    {"four_eyes", "who worked on the case may not confirm it", "办理人不得自行认定（四眼原则）", "another senior confirms"},
    {"possibly_framed", "the subject may have been framed", "该主体可能遭人陷害", "rule it out and say --reason framing_ruled_out, or close the case as victim"},
    {"outcome_needed", "the outcome is victim, unproven or cleared", "结论为 victim、unproven 或 cleared", "give one of them as --reason"},
    {"document_needed", "the number of a document is needed", "须提供文书编号", "give --document"},
    {"document_date_needed", "the document's date is needed", "须提供文书日期", "give --document-date"},
    {"document_of_the_future", "the document is dated after the act", "文书日期晚于操作时间", "correct --document-date or --at"},
    {"list_needed", "say which list: BLACK, WATCH or RED", "须指明名单：BLACK、WATCH 或 RED", "give --list"},
    {"already_proposed", "an entry of this list is under way or in force", "该名单已有进行中或有效的条目", "work on that entry"},
    {"case_or_decision_needed", "a case or a decision must be attached", "须附案件或决定文书", "propose from a confirmed case, or give --document"},
    {"penalty_needed", "the watch list is for penalised breaches (A5)", "重点关注名单以行政处罚为前提（A5）", "attach the penalty's document"},
    {"on_the_black_list", "the subject is on the black list", "该主体已在黑名单", "end that entry first"},
    {"on_the_watch_list", "the subject is on the watch list", "该主体已在重点关注名单", "end that entry first"},
    {"merits_needed", "say what commends the subject", "须说明守信事迹", "give --note"},
    {"only_the_proposer", "only who proposed it may withdraw it", "仅提出人可撤回", "ask the proposer"},
    {"class_general_or_serious", "the class is general or serious; a minor breach is not listed", "类别须为 general 或 serious，轻微失信不列入", "give --class"},
    {"facts_and_rights_needed", "the notice tells facts, basis and rights", "告知书须载明事实、依据和权利", "give --note and --basis"},
    {"basis_needed", "the legal basis is needed", "须提供法律依据", "give --basis"},
    {"reasons_needed", "reasons are needed", "须说明理由", "give --note"},
    {"window_over", "the window to reply is over", "陈述申辩期限已过", "the deciding bodies may still decline, or correct and revoke later"},
    {"second_person_needed", "a second person must agree", "须由另一人同意", "the other office gives the same command"},
    {"second_office_needed", "the second person must be of the other office", "须由另一部门同意", "CA and RG both give the command"},
    {"papers_differ", "document or class differs from the first person's", "文书或类别与第一人不一致", "agree on the papers and give the command again"},
    {"no_prior_notice", "nobody is listed without prior notice", "未经事先告知不得列入", "notify first"},
    {"no_publicity", "nobody is put on the red list without publicity", "未经公示不得列入红名单", "publicise first"},
    {"decision_document_needed", "without a deciding document a subject stays an internal tip (A4)", "无认定文书仅作内部提示（A4）", "give --document"},
    {"repair_notice_needed", "how to repair is told together with the decision", "信用修复告知须与决定同时送达", "give --note"},
    {"three_months_over", "the three months are over", "整改期限已过", "the entry is overdue"},
    {"until_needed", "the new end must lie after the present one", "新的期限须晚于现期限", "give --until"},
    {"attended_or_absent", "say whether the principal attended", "须记录主要负责人是否到场", "give --reason attended or absent"},
    {"commitment_needed", "repair needs a signed public commitment", "信用修复须签署公开承诺", "commit first"},
    {"minimum_term", "the minimum term of posting is not over", "最短公示期未满", "wait until min_until"},
    {"repaired_lately", "repaired less than a year ago", "一年内曾修复", "wait"},
    {"repaired_repeatedly", "repaired too often in three years", "三年内多次修复", "wait for the term's end"},
    {"unknown_measure", "the measure is none of the known codes", "未知的联合惩戒措施", "`brushwatch machines --json` lists the codes"},
    {"not_public", "exposure needs a public entry", "公开曝光须先向社会公布", "post first"},
    {"too_many_measures", "the entry holds as many measures as it can", "措施数量已达上限", "end some first"},
    {"no_such_measure", "nobody of this name has such a measure running", "该操作人没有此项有效措施", "`brushwatch list show` lists the measures"},
    {"not_due", "the term is not over", "期限未到", "wait"},
};

}  // namespace

std::span<const Refusal> refusals() { return kRefusals; }

Refusal refusal(std::string_view key) {
  for (const Refusal& r : kRefusals) if (r.key == key) return r;
  return {key, key, key, "look at `brushwatch machines`"};
}

}  // namespace brushwatch
