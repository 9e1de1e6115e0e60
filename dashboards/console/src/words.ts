// Every word of the console, in both languages. A key that is missing does not compile.
import { lang } from './settings';

const words = {
  title: ['Brushwatch', '刷单哨'],
  alerts: ['Alerts', '预警'], subjects: ['Subjects', '主体'], cases: ['Cases', '案件'], lists: ['Lists', '名单'], detectors: ['Detectors', '检测器'], health: ['Health', '运行'],
  language: ['中文', 'English'], dark: ['Dark', '深色'], light: ['Light', '浅色'], keys: ['Keys', '快捷键'], close: ['Close', '关闭'], token: ['Access token', '访问令牌'], skip: ['Skip to the content', '跳到正文'],
  signin: ['Sign in with a token', '用令牌登录'], signed: ['Signed in', '已登录'], use: ['Use', '使用'], forget: ['Sign out', '退出'],
  live: ['live', '实时'], connecting: ['connecting', '连接中'], waiting: ['waiting', '等待重连'], paused: ['paused', '已暂停'], pause: ['Pause', '暂停'], resume: ['Resume', '继续'], held: ['held back', '条待显示'],
  search: ['Search subject', '搜索主体'], all: ['all', '全部'], pattern: ['Pattern', '模式'], severity: ['Severity', '级别'], direction: ['Direction', '方向'], state: ['State', '状态'], since: ['Since', '自'], list: ['List', '名单'], kind: ['Kind', '类型'],
  subject: ['Subject', '主体'], posterior: ['Posterior', '后验'], families: ['Families', '证据族'], when: ['Event time', '事件时间'], week: ['Week', '周'], version: ['Version', '版本'], id: ['Id', '编号'], detector: ['Detector', '检测器'],
  none: ['Nothing here.', '暂无内容。'], noalerts: ['No alert matches. Loosen the filters, or wait: new ones come by themselves.', '没有符合的预警。放宽筛选,或等待:新的会自动出现。'],
  loading: ['Loading…', '加载中…'], failed: ['Could not be loaded', '加载失败'], retry: ['Try again', '重试'], more: ['More', '更多'], shown: ['shown', '条'],
  standing: ['standing', '成立'], withdrawn: ['withdrawn', '已撤回'], notice: ['notice', '提示'], alert: ['alert', '预警'], urgent: ['urgent', '紧急'],
  fake_trade: ['fake trade', '虚假交易'], malicious_review: ['malicious reviews', '恶意评价'], reverse_brushing_victim: ['victim of reverse brushing', '反向刷单受害者'], complicit_logistics: ['complicit logistics', '物流共谋'],
  promote: ['promote', '抬升'], demote: ['demote', '贬低'], victim: ['victim', '受害'], shop: ['shop', '店铺'], outlet: ['outlet', '网点'], courier: ['courier', '快递员'], operator: ['operator', '经营者'], carrier: ['carrier', '承运商'],
  O: ['orders', '订单'], R: ['reviews', '评价'], P: ['parcels', '包裹'], T: ['traffic', '流量'], G: ['graph', '关系'], C: ['complaints', '投诉'],
  why: ['Why', '依据'], reasons: ['Reasons', '理由'], value: ['Value', '实测'], baseline: ['Baseline', '基线'], threshold: ['Threshold', '阈值'], weight: ['Weight', '权重'], events: ['events', '个事件'], evidence: ['Evidence', '证据'],
  arithmetic: ['The arithmetic', '计算过程'], prior: ['prior', '先验'], total: ['total', '合计'], nats: ['nats', '奈特'],
  member: ['Member', '成员'], document: ['Document number', '文号'], behaviour: ['Behaviour', '行为'], score: ['Score', '评分'], note: ['Note', '说明'], procedure: ['Procedure', '办理'],
  findings: ['Findings', '发现'], orders: ['orders', '订单'], reviews: ['reviews', '评价'], parcels: ['Parcels', '包裹'], views: ['views', '浏览'], complaints: ['complaints', '投诉'],
  parcel: ['Parcel', '包裹'], scans: ['Scans', '扫描'], weights: ['Weights of the parcels', '包裹重量'], map: ['Parcels on the map of Shaanxi', '陕西地图上的包裹'], notseen: ['not seen', '未见'], backwards: ['against the expected order', '与预期顺序相反'],
  trackhint: ['The line is the way an honest parcel goes; a hollow red station was never scanned, a red bow goes against the order. A hub is expected only over long ways.', '横线为正常包裹的路径;空心红圈表示未扫描到的站点,红色弧线表示顺序颠倒。仅长途需经分拨中心。'],
  st_paid: ['ordered', '下单'], st_picked_up: ['picked up', '揽收'], st_hub: ['hub', '分拨'], st_arrived: ['arrived', '到达'], st_delivering: ['delivering', '派送'], st_signed: ['signed', '签收'],
  reviewpairs: ['Reviews that resemble each other', '相似评价'], reviewhint: ['The ledger holds fingerprints, no texts. Paste the texts that the platform shows: the page tells whether they are the recorded ones, and marks what they share. They stay in this page.', '账本只存指纹,不存原文。粘贴平台上的评价原文:页面会核对是否为所记录的文本,并标出相同片段。文本不会离开本页。'],
  pastetext: ['Text', '原文'], textproved: ['This is the recorded text.', '与所记录的文本一致。'], textother: ['This is not the recorded text.', '与所记录的文本不一致。'], bitsalike: ['bits alike', '位相同'], points: ['characters', '字'], photos: ['photos', '图'], buyer: ['buyer', '买家'],
  noreviews: ['No two reviews with text are among the evidence.', '证据中没有两条带文本的评价。'], noparcels: ['No parcel is among the evidence.', '证据中没有包裹。'], allevents: ['All recorded events', '全部记录的事件'], recorded: ['places of evidence found in the ledger', '处证据在账本中找到'], hiddenevents: ['sent by others, not shown', '条由他人上报,不予显示'], incomplete: ['the ledger was not read to its end', '账本未读完'], notforrole: ['The recorded events are not for your role.', '您的角色不可查看所记录的事件。'],
  timeline: ['Timeline', '时间线'], graph: ['Evidence graph', '证据图'], graphhint: ['Shape is kind, colour is state, width is weight. Choose an edge or a node to read why.', '形状表示种类,颜色表示状态,粗细表示权重;选中边或节点查看缘由。'],
  leftout: ['more not drawn', '未绘出'], accused_in: ['is accused in', '被指于'], told_by: ['is told by', '依据'], rests_on: ['rests on', '源自'], accused_weight: ['posterior', '后验'], told_weight: ['weight', '权重'], rests_weight: ['events', '事件数'],
  past: ['Alerts of this subject', '该主体的预警'], history: ['Case history', '案件记录'], archive: ['Credit archive', '信用档案'], entries: ['List entries', '名单条目'], proof: ['Proof', '凭证'], chainplace: ['Place in the chain', '链中位置'],
  print: ['Print', '打印'], back: ['Back', '返回'], open: ['Open', '打开'], decision: ['Decision', '决定'], decide: ['Decide', '提交决定'], reason: ['Reason', '理由'], command: ['Command', '操作'], choose: ['choose', '请选择'],
  sent: ['Taken into the ledger; the next line of the case tells what it did.', '已写入账本;结果见案件的下一行。'], stale: ['Somebody was faster: the case has changed. It was loaded again.', '他人已先行:案件已变化,已重新加载。'],
  secondperson: ['A second person must confirm: nobody who worked on the case.', '须由另一人确认:办理过本案者不得确认。'], worked: ['Worked on by', '经办'], framed: ['Possibly framed: confirm only with the reason framing_ruled_out.', '可能被陷害:确认时理由须为 framing_ruled_out。'],
  deadline: ['Deadline', '期限'], due: ['due', '到期'], overdue: ['overdue', '已逾期'], provisional: ['provisional calendar', '日历暂定'], nextcase: ['Next case', '下一案'], opened: ['Opened', '立案'], nocases: ['No case is open. An analyst opens one from an alert.', '没有案件。分析人员可由预警立案。'],
  current: ['Current', '现行'], changes: ['Changes since', '此后变化'], entryadded: ['added', '新增'], entryremoved: ['removed', '移除'], entrychanged: ['changed', '变更'], black: ['black', '黑名单'], watch: ['watch', '观察名单'], red: ['red', '红名单'], nolists: ['No entry. A machine never puts anybody on a list.', '没有条目。机器从不将任何人列入名单。'],
  made: ['Findings', '发现'], retracted: ['Retracted', '撤证'], voices: ['Voices in alerts', '预警发声'], sincestart: ['Since the process started.', '自进程启动以来。'],
  inshadow: ['In shadow', '影子'], precision: ['Precision by verdicts', '按结论的精确率'], precisionhint: ['Precision: of the alerts that people decided, those confirmed or found worth a case; the range is what so few decisions leave open (95 %).', '精确率:人员已处理的预警中被认定或值得立案的比例;区间为样本量所限的 95 % 范围。'],
  confirmed: ['confirmed', '已认定'], worthy: ['in a case', '立案中'], rejected: ['rejected', '未采纳'], undecided: ['undecided', '未处理'], undecidedyet: ['nothing decided', '尚无结论'],
  backtest: ['Try a threshold', '试算阈值'], backtesthint: ['History is folded twice, as it was recorded and under the changed threshold. Nothing is changed by it; one runs at a time, behind the pipeline.', '历史按原规则与改动后的阈值各重算一遍。不改变任何规则;同时只运行一个,且让位于实时处理。'],
  run: ['Run', '运行'], cancel: ['Cancel', '取消'], usual: ['default', '默认'], change: ['Change', '变化'], appears: ['appears', '新增'], vanishes: ['vanishes', '消失'], moves: ['moves', '变动'], appear: ['appear', '新增'], vanish: ['vanish', '消失'], move: ['move', '变动'], standalike: ['stand alike', '不变'], roundscompared: ['rounds compared', '轮已比较'],
  recordedrules: ['As recorded', '原规则'], proposedrules: ['As proposed', '新阈值'], terms: ['Evidence that differs', '有差异的证据'], bydetector: ['By detector', '按检测器'], standsnot: ['no alert', '无预警'],
  held_families: ['too few families', '证据族不足'], held_posterior: ['below the threshold', '低于阈值'], held_victim: ['named a victim', '被列为受害者'], held_continues: ['continues the week before', '延续上周预警'], held_no_finding: ['no finding', '无发现'],
  job_running: ['running', '运行中'], job_done: ['done', '完成'], job_cancelled: ['cancelled', '已取消'], job_failed: ['failed', '失败'],
  status: ['Status', '状态'], watermark: ['Watermark', '水位线'], behind: ['behind', '落后'], round: ['Round', '轮次'], rate: ['Events a second', '每秒事件'], latency: ['Event to alert, mean', '事件到预警,均值'], memory: ['Memory', '内存'], rows: ['Rows', '行数'], dead: ['Dead letters', '死信'], late: ['Late', '迟到'],
  sources: ['Sources', '来源'], source: ['Source', '来源'], taken: ['Taken', '已取'], refused: ['Refused', '拒收'], waits: ['Waiting', '等待'], lag: ['Watermark lag', '水位线滞后'], holds: ['holds time back', '拖住时间'], idle: ['idle', '闲置'], stages: ['Where the time goes', '时间去向'], share: ['Share', '占比'], ready: ['ready', '就绪'], notready: ['not ready', '未就绪'], clients: ['Stream clients', '流客户端'],
  k_pages: ['go to a page', '前往页面'], k_move: ['next, previous', '下一条、上一条'], k_open: ['open', '打开'], k_search: ['search', '搜索'], k_pause: ['pause or go on', '暂停或继续'], k_lang: ['language', '语言'], k_theme: ['light or dark', '浅色或深色'], k_help: ['these keys', '本说明'], k_back: ['back', '返回'], k_next: ['next case', '下一案'], k_decide: ['to the decision', '前往决定'], k_print: ['print', '打印'],
} as const;

export type Word = keyof typeof words;
export const t = (word: Word): string => words[word][lang.value === 'zh' ? 1 : 0];
/** A word that comes from the data: told in the reader's language when the catalogue has it, as it is otherwise. */
export const say = (word: string): string => (word in words ? t(word as Word) : word);
/** The sentence of a finding in the reader's language. */
export const sentence = (of: { en?: string; zh?: string }): string => (lang.value === 'zh' ? of.zh : of.en) ?? '';
