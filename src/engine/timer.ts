import type { Ticks } from "./units.ts";

/**
 * The kernel's rounding of a relative timeout to a whole second, so that timers of many drivers wake the processor
 * together (`round_jiffies_relative`, kernel/time/timer.c): less than a quarter of a second past it rounds down,
 * everything else up, and each processor is skewed by three ticks against the one before. A timeout in the past is not
 * rounded.
 *
 * The driver rounds one second at the end of a cycle. A cycle that took a quarter of a second or more therefore loses the
 * next whole second.
 *
 * @param delta the timeout, in ticks
 * @param now the current tick
 * @param hz ticks a second, at least 4
 * @param cpu processor that the timer runs on, from 0
 * @returns the rounded timeout, in ticks from now
 */
export function roundTicksRelative(delta: Ticks, now: Ticks, hz: number, cpu: number): Ticks {
  const skew = cpu * 3;
  const skewed = now + delta + skew;
  const past = skewed % hz;
  const whole = past < Math.floor(hz / 4) ? skewed - past : skewed - past + hz;
  const rounded = whole - skew;
  return rounded > now ? rounded - now : delta;
}
