#!/bin/sh
# One case over six simulated months, by the command line: alert, case, confirmation by two, black list, notice, three months unused,
# interview, public posting, late rectification, repair, removal; then the whole of it replayed to the same bytes.
#
#   examples/case.sh [DIRECTORY]        BRUSHWATCH=path/of/the/program when it is not on the path; the directory must not exist yet
set -eu
bw=${BRUSHWATCH:-brushwatch}
dir=${1:-out/case}
[ ! -e "$dir" ] || { echo "case: $dir exists" >&2; exit 2; }
hash=$(printf 'the sealed file of evidence' | sha256sum | cut -d' ' -f1)

step() { echo; echo "== $*"; }
act() { noun=$1; shift; "$bw" "$noun" "$@" --data "$dir/run"; }
# A command that must be refused: exit code 3.
refused() { if act "$@"; then echo "case: this must be refused: $*" >&2; exit 1; else [ $? -eq 3 ]; fi; }
# The newest id of a kind in an output: first_id A- cases
newest_id() { grep -o "\"id\":\"$1[0-9a-f]*\"" "$dir/run/$2.ndjson" | tail -1 | cut -d'"' -f4; }
publish() { "$bw" publish --data "$dir/run" --out "$dir/$1" --sign "$dir/key" --publisher 省反炒信联盟; }

step "A simulated province; its alerts wait for somebody"
"$bw" demo --shops 150 --days 2 --seed 1111 --out "$dir/run" --json > "$dir.json"; mv "$dir.json" "$dir/demo.json"
"$bw" keys new "$dir/key"
alert=$("$bw" case ls --state NEW --json --data "$dir/run" | grep '"kind":"shop"' | grep -m1 '"direction":"promote"' | grep -o '"id":"A-[0-9a-f]*"' | head -1 | cut -d'"' -f4)
"$bw" explain "$alert" --file "$dir/run/alerts.ndjson"

step "Triage, case, evidence; the subject is asked and does not answer"
act case take "$alert"                        --as li.na     --role AN --at 2026-11-12
act case open "$alert"                        --as li.na     --role AN --at 2026-11-12T15:00:00+08:00
file=$(newest_id C- cases)
act case request-evidence "$file" --member taobao --as li.na --role AN --at 2026-11-13
act case submit-evidence "$file" --evidence "$hash" --as taobao --role PL --at 2026-11-16
act case ask-subject "$file"                  --as li.na     --role AN --at 2026-11-17
act case wait --until 2026-11-25

step "Four eyes: who worked on the case does not confirm it"
refused case confirm "$file" --behaviour FAKE_TRADE --as li.na --role SR --at 2026-11-26
act case confirm "$file" --behaviour FAKE_TRADE --as wang.fang --role SR --at 2026-11-26
act case refer "$file" --evidence "$hash"     --as wang.fang --role SR --at 2026-11-26
act case penalise "$file" --document 陕市监处〔2026〕17号 --issuer 陕西省市场监督管理局 --document-date 2026-12-01 --as zhao.lei --role RG --at 2026-12-01

step "The black list: two offices, prior notice, objection answered"
act list propose "$file" --list BLACK --behaviour FAKE_TRADE --note 虚构交易 --as zhao.lei --role RG --at 2026-12-02
entry=$(newest_id L- lists)
act list review "$entry" --class general      --as zhao.lei  --role RG --at 2026-12-03
act list review "$entry"                      --as qian.jun  --role CA --at 2026-12-03
refused list list "$entry"                    --as qian.jun  --role CA --at 2026-12-04
act list notify "$entry" --note 拟列入，可陈述申辩 --basis 反不正当竞争法第九条 --as zhao.lei --role RG --at 2026-12-04
act list object "$entry" --note 主张系他人所为        --as keeper    --role SB --at 2026-12-07
act list reject "$entry" --note 异议不成立    --as zhao.lei  --role RG --at 2026-12-14
act list list "$entry" --document 陕市监列〔2026〕3号 --issuer 陕西省市场监督管理局 --document-date 2026-12-15 --note 满三个月可申请信用修复 --as zhao.lei --role RG --at 2026-12-15
act list list "$entry" --document 陕市监列〔2026〕3号 --document-date 2026-12-15 --note 满三个月可申请信用修复 --as qian.jun --role CA --at 2026-12-16

step "Notice of rectification; three months pass unused"
act list notify "$entry"                      --as wu.min    --role WG --at 2026-12-21
publish before
act case wait --until 2027-03-23
act list interview "$entry" --reason attended --as zhao.lei  --role RG --at 2027-03-24

step "Posted: from now on, and not before, the public sees it"
act list post "$entry" --note 经约谈逾期未整改，予以公示 --as zhao.lei --role RG --at 2027-03-25
act list measure "$entry" --measure limit_trading --basis 联合惩戒备忘录 --as taobao --role PL --at 2027-03-26
publish posted
"$bw" verify --proof "$dir/posted/public/proofs/$entry" --entry "$dir/posted/public/entries/$entry" --key "$dir/key.pub"

step "Late rectification, commitment, repair: off the list, measures end, the page is gone"
act list commit "$entry" --document 承诺书-2027-12 --as keeper --role SB --at 2027-03-29
act list accept "$entry" --evidence "$hash"   --as zhao.lei  --role RG --at 2027-04-20
act list request-repair "$entry"              --as keeper    --role SB --at 2027-05-06
act list grant "$entry"                       --as qian.jun  --role CA --at 2027-05-12
act list show "$entry"
publish repaired

step "Every output is intact, and the ledger alone gives the same bytes again"
"$bw" replay --ledger "$dir/run/ledger" --out "$dir/again" --threads 2 -q
for output in alerts late dlq cases lists credit; do
  "$bw" verify "$dir/run/$output.ndjson" > "$dir/verify.txt"
  cmp "$dir/run/$output.ndjson" "$dir/again/$output.ndjson"
done
echo "the same bytes, $(cat "$dir"/run/*.ndjson | wc -l) lines; alert $alert, case $file, entry $entry"
