import { expect, test } from "vitest";
import { hostExploreData } from "../../../../src/sim/explore/hosts/model.ts";
import type { HostFacts } from "../../../../src/sim/explore/hosts/protocol.ts";
import { readHostAddress } from "../../../../src/sim/explore/page/hosts/host-address.ts";
import { fittedHost } from "../../../../src/sim/explore/page/hosts/host-fit.ts";
import { encodeHostView, type HostView, plainHost } from "../../../../src/sim/explore/page/hosts/host-state.ts";
import { defaultsOf } from "../../../../src/sim/hosts/params.ts";
import { ESX } from "../../../../src/sim/hosts/policies/esx/policy.ts";

const FULL: HostView = {
  shown: {
    host: "hosts/noisy-neighbour",
    policy: "squeezed",
    params: { reserve: "1048576", "stuck-after": "2.5", "two-phases": "0" },
    memory: 34 * 2 ** 18 + 1,
    swap: 0,
    driver: "vmw-balloon",
    rates: { "alloc-max": 4096 },
  },
  pinned: { ...plainHost("hosts/noisy-neighbour"), params: { tax: "0.5" } },
  at: 61.25,
};

const FACTS: HostFacts = {
  name: "noisy-neighbour",
  description: "",
  policy: "esx",
  params: { ...defaultsOf(ESX.params), tax: 0.6 },
  memory: 34 * 2 ** 18,
  swap: 2 ** 18,
  drivers: ["vmw-balloon"],
  hasRates: false,
};
const DATA = hostExploreData([], "0");

test("the address brings a view of a host back, exactly", () => {
  expect(readHostAddress(`#${encodeHostView(FULL)}`)).toEqual({ view: FULL, refused: [] });
  expect(readHostAddress("")).toEqual({ view: null, refused: [] });
});

test("what of an address can't be read is told, and the rest stays", () => {
  expect(readHostAddress("host=a&memory=big&set=tax&rates=x:1.5&gest=1&swap=1GiB&at=noon")).toEqual({
    view: { shown: { ...plainHost("a"), swap: 2 ** 18 }, pinned: null, at: null },
    refused: [
      "gest (no such setting)",
      "at=noon (expected a time in seconds)",
      "set=tax (expected NAME:VALUE)",
      "memory=big (expected a size such as 2GiB, from 1MiB to 16TiB)",
      "rates=x:1.5 (expected NAME:WHOLE NUMBER)",
    ],
  });
  expect(readHostAddress("spike").refused).toEqual(["spike (no such setting)"]);
});

test.each([
  ["of another host", "host%3Db%26memory%3D2GiB", "pinned host=b (expected host=a)"],
  ["without a host", "memory%3D2GiB", "pinned settings without a host (expected host=a)"],
])("pinned settings %s are told, and the rest stays", (_, pin, told) => {
  expect(readHostAddress(`host=a&pin=${pin}`)).toEqual({
    view: { shown: plainHost("a"), pinned: null, at: null },
    refused: [told],
  });
});

test("a state is fitted to the host: what the page does not have is told, what is as in the file is no change", () => {
  const state = {
    ...plainHost("a"),
    policy: "esx",
    params: { tax: "0.6", clear: "5", soft: "word", target: "1" },
    memory: FACTS.memory,
    rates: { "alloc-max": 1 },
  };
  expect(fittedHost(state, FACTS, DATA)).toEqual({
    state: { ...plainHost("a"), params: { clear: "5" } },
    refused: [
      "rates=alloc-max:1 (choose a driver)",
      'set=soft:word (expected a number from 0 to 100, found "word")',
      "set=target:1 (no parameter of esx)",
    ],
  });
  expect(fittedHost({ ...plainHost("a"), policy: "xen", driver: "x" }, FACTS, DATA).refused).toEqual([
    "policy=xen (expected esx, proxmox, mom, squeezed, static, none)",
    expect.stringMatching(/^driver=x \(expected vmmemctl, /),
  ]);
});
