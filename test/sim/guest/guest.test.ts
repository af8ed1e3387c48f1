import { expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { simulate, traceOf } from "../../support/curves.ts";

test("a guest knows the profiles that there are", () => {
  expect(() => simulate(traceOf(3, { guest: { memory: "1GiB", profile: "linux-9" } }))).toThrow(
    new InputError(
      '$.guest.profile: there is no profile "linux-9": expected one of linux-6.1, linux-2.6.32, balloon-hw, lab',
    ),
  );
});
