// bench_framing [N] [first seed]: N framing campaigns; prints one JSON object. tools/measure_framing.py records its figures.

#include <cstdio>
#include <cstdlib>

#include "apps/host.h"
#include "tests/support/framing.h"

int main(int argc, char** argv) {
  const std::uint64_t campaigns = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
  const std::uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const brushwatch::app::Operators operators;
  std::uint64_t fakes = 0, told = 0, marked = 0, accused = 0, confirmed = 0, listed = 0, most = 0;
  for (std::uint64_t seed = first; seed < first + campaigns; ++seed) {
    const auto c = brushwatch::test::framing_campaign(operators, seed);
    fakes += c.fakes;
    most = c.fakes > most ? c.fakes : most;
    told += c.told;
    marked += c.marked;
    accused += c.accused;
    confirmed += c.confirmed;
    listed += c.listed;
    if (!c.marked || c.accused || c.listed) {
      std::fprintf(stderr, "seed %llu: %u fakes, %u accounts%s%s: told %d marked %d accused %d confirmed %d listed %d\n", static_cast<unsigned long long>(seed),
                   c.fakes, c.accounts, c.one_device ? ", one device" : "", c.praised ? ", praised" : "", c.told, c.marked, c.accused, c.confirmed, c.listed);
    }
  }
  const auto n = [](std::uint64_t v) { return static_cast<unsigned long long>(v); };
  std::printf("{\"campaigns\":%llu,\"fakes\":%llu,\"most_fakes\":%llu,\"told\":%llu,\"marked\":%llu,\"accused_without_mark\":%llu,\"confirmed\":%llu,\"listed\":%llu}\n",
              n(campaigns), n(fakes), n(most), n(told), n(marked), n(accused), n(confirmed), n(listed));
  return 0;
}
