import { describe, expect, test } from "vitest";
import { descriptionOf } from "../../../../src/sim/hosts/own-policy/description.ts";
import { TARGET_POLICIES } from "../../../../src/sim/hosts/policies/index.ts";

const read = (fields: object, functions = ["create"]) => descriptionOf({ fields, functions });
const MINE = { name: "mine", meaning: "Does nothing.", everyUs: 1e7 };
const PARAM = { name: "gain", kind: "ratio", default: 0.5, min: 0, max: 1, meaning: "A factor." };

describe("the description of a policy of one's own", () => {
  test("needs four fields, and has defaults for the others", () => {
    expect(read(MINE)).toEqual({
      ...MINE,
      params: [],
      sampleUs: null,
      populates: false,
      goal: "none",
      needs: { host: [[]], vm: [] },
    });
  });

  test.each([...TARGET_POLICIES.values()].map((policy) => [policy.name, policy] as const))(
    "may be that of %s, but for its name",
    (_, policy) => {
      const { create, ...fields } = policy;
      const { populates = false } = policy;
      const none = { vmOneOf: [], optionalHost: [], optionalVm: [] };
      expect(read({ ...fields, name: "mine" })).toEqual({
        ...fields,
        name: "mine",
        populates,
        needs: { ...none, ...policy.needs },
      });
      expect(() => read(fields)).toThrow(`"name" is "${policy.name}", a bundled policy: choose another name`);
    },
  );

  const time = "expected a time above 0 in whole microseconds";
  test.each<[object, string]>([
    [{ name: undefined }, '"name" is missing: expected a name of up to 40 letters'],
    [{ name: "a b" }, '"name" is "a b": expected a name of up to 40 letters'],
    [{ meaning: undefined }, '"meaning" is missing: expected a sentence of up to 400 characters'],
    [{ meaning: " " }, '"meaning" is " ": expected a sentence'],
    [{ everyUs: undefined }, `"everyUs" is missing: ${time}`],
    [{ everyUs: "10s" }, `"everyUs" is "10s": ${time}`],
    [{ everyUs: 0 }, `"everyUs" is 0: ${time}`],
    [{ everyUs: Number.NaN }, `"everyUs" is NaN: ${time}`],
    [{ sampleUs: 0.5 }, `"sampleUs" is 0.5: ${time}`],
    [{ samplingUs: -1 }, `"samplingUs" is -1: ${time}`],
    [{ everyus: 5 }, 'unknown field "everyus"; did you mean "everyUs"?'],
    [{ goal: "less" }, '"goal" is "less": expected "change", "free", "none"'],
    [{ populates: 1 }, '"populates" is 1: expected true or false'],
    [{ needs: [] }, "needs is an array: expected an object"],
    [{ needs: { vms: [] } }, 'needs: unknown field "vms"'],
    [{ needs: { vm: ["sizes"] } }, 'needs.vm[0] is "sizes": expected "max", "min"'],
    [{ needs: { host: ["free"] } }, 'needs.host[0] is "free": expected an array'],
    [{ needs: { host: [["fre"]] } }, 'needs.host[0][0] is "fre": expected "memory", "free", "used", "goal"'],
    [{ params: {} }, "params is an object: expected an array"],
    [{ params: [5] }, "params[0] is 5: expected an object"],
    [{ params: [{ ...PARAM, name: "1" }] }, 'params[0]: "name" is "1": expected a name'],
    [{ params: [{ ...PARAM, kind: "speed" }] }, 'params[0]: "kind" is "speed": expected "bytes", "time", "ratio"'],
    [{ params: [{ ...PARAM, min: undefined }] }, 'params[0]: "min" is missing: expected a number'],
    [{ params: [{ ...PARAM, kind: "count" }] }, 'params[0]: "default" is 0.5: expected a whole number'],
    [
      { params: [{ ...PARAM, default: 2 }] },
      'params[0]: "default" is 2: expected a number from "min" to "max", 0 to 1',
    ],
    [{ params: [{ ...PARAM, defualt: 2 }] }, 'params[0]: unknown field "defualt"; did you mean "default"?'],
    [{ params: [PARAM, PARAM] }, 'params[1]: another parameter has the name "gain", too'],
    [{ params: [{ ...PARAM, atMost: "top" }] }, 'params[0]: "atMost" is "top": expected the name of a parameter'],
    [
      {
        params: [
          { ...PARAM, atMost: "top" },
          { ...PARAM, name: "top", default: 0.2 },
        ],
      },
      'params[0]: "default" is 0.5: expected no more than top, which is 0.2',
    ],
    [
      { params: [{ name: "way", kind: "choice", choices: ["up"], default: "down", meaning: "A way." }] },
      'params[0]: "default" is "down": expected "up"',
    ],
  ])("is not %j", (fields, message) => {
    expect(() => read({ ...MINE, ...fields })).toThrow(message);
  });

  test("has the function create, and no other one", () => {
    expect(() => read(MINE, [])).toThrow('"create" is missing: expected a function');
    expect(() => read(MINE, ["create", "decide"])).toThrow('unknown field "decide"');
  });
});
