import { expect, test } from "vitest";
import { Draws } from "../../../src/sim/random/draws.ts";

test("values that are drawn apart leave the others as they were, and are the same for the same seed", () => {
  const values = (draws: Draws) => Array.from({ length: 8 }, () => draws.whole(0, 1e9));
  const plain = values(new Draws("seed", "part"));
  const draws = new Draws("seed", "part");
  const apart = values(draws.apart("later"));
  expect(values(draws)).toEqual(plain);
  expect(values(draws.apart("later"))).toEqual(apart);
  expect(values(draws.apart("other"))).not.toEqual(apart);
  expect(apart).not.toEqual(plain);
});
