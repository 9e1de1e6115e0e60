#pragma once
/// Review texts from one vocabulary: the honest and the paid draw from the same phrases, so no word betrays the label.

#include <string>

#include "simulate/chance.h"

namespace brushwatch::simulate {

/// Length about lognormal with median 14 code points (1–7 phrases), as measured for Chinese reviews.
void honest_text(Chance& chance, bool pleased, std::string& out);
/// One of a ring's few templates: six phrases, over 15 code points, the same for the same template number.
void template_text(std::uint64_t template_seed, Chance& variation, std::string& out);

}  // namespace brushwatch::simulate
