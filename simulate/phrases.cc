#include "simulate/phrases.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace brushwatch::simulate {
namespace {

constexpr std::string_view kPleased[] = {
    "好评", "质量不错", "物流很快", "包装完好", "和描述一致", "颜色正", "性价比高", "做工精细", "老公很喜欢", "孩子爱吃", "味道纯正",
    "手感柔软", "尺码合适", "没有异味", "客服耐心", "发货及时", "第二次买了", "会回购", "推荐购买", "比实体店便宜", "用了几天才来评",
    "妈妈说好", "送朋友的", "大小刚好", "穿着显瘦", "洗了不掉色", "操作简单", "声音很小", "充电快", "续航可以", "屏幕清晰", "香味淡淡的",
    "吸收快", "不油腻", "皮肤变滑", "新鲜", "个头大", "分量足", "甜度正好", "酥脆可口", "密封很好", "日期新", "安装方便", "很结实",
    "不占地方", "款式好看", "面料舒服", "厚薄适中", "轻便", "耐用", "细节到位", "没有色差", "送货上门", "快递员态度好", "值得信赖",
    "物超所值", "一如既往", "满意", "家里人都夸", "下次还来", "朋友也买了", "正品", "赠品实用", "很有档次", "超出预期", "效果明显",
    "很适合我", "宿舍用正好", "办公室放着", "冬天穿暖和", "夏天透气", "颜值高", "收到很惊喜", "价格实惠", "活动时买的", "等了两天到",
};
constexpr std::string_view kDispleased[] = {
    "质量一般", "有色差", "物流太慢", "包装破了", "和图片不符", "味道怪", "尺码偏小", "客服不理人", "线头很多", "用两天坏了", "不值这个价",
    "掉色严重", "少发了东西", "不会再买", "失望", "太薄了", "声音大", "退货麻烦", "日期不新", "分量不足", "勉强能用", "气味大", "发错颜色",
};

}  // namespace

void honest_text(Chance& chance, bool pleased, std::string& out) {
  out.clear();
  // A phrase has four code points and a half; with its marks; the median review is three phrases (the fraction is cut).
  const auto phrases = std::clamp<std::int64_t>(chance.lognormal(4, 0.55), 1, 10);
  for (std::int64_t i = 0; i < phrases; ++i) {
    if (i > 0 && chance.permille(800)) out += chance.permille(700) ? "，" : "。";
    const bool kind = chance.permille(pleased ? 970 : 150);
    out += kind ? kPleased[chance.below(std::size(kPleased))] : kDispleased[chance.below(std::size(kDispleased))];
  }
}

void template_text(std::uint64_t template_seed, Chance& variation, std::string& out) {
  Chance words(template_seed);
  out.clear();
  for (int i = 0; i < 6; ++i) {
    if (i > 0) out += "，";
    out += kPleased[words.below(std::size(kPleased))];
  }
  if (variation.permille(300)) out += variation.permille(500) ? "。" : "！";
}

}  // namespace brushwatch::simulate
