import { TickClock } from "../../../src/sim/time/ticks.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";
import { describeClock } from "../../support/suites/ports.ts";

for (const hz of [100, 250, 300, 1000]) {
  for (const wheel of [false, true]) {
    describeClock(`the guest's kernel at ${hz} Hz${wheel ? ", with the timer wheel," : ""}`, (wake) => {
      const timeline = new Timeline();
      timeline.reserve(1);
      const advance = () => {
        if (timeline.next() < 0) return false;
        wake();
        return true;
      };
      return { clock: new TickClock(timeline, 0, { hz, isWheel: wheel }), advance };
    });
  }
}
