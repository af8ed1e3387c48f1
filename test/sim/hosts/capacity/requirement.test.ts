import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkRequiredVms,
  figureOf,
  parseHostRequirement,
  parseHostRequirements,
} from "../../../../src/sim/hosts/capacity/requirement.ts";
import { HOST_FIGURES, VM_FIGURES } from "../../../../src/sim/hosts/measures/figures.ts";
import { hostOf, vmOf } from "../../../support/hosts/host-scenario.ts";

const blank = fc.constantFrom("", " ", "  ", "\t");
const relation = fc.constantFrom("<=", "<", "==", "=", ">=", ">");
const vmName = fc.stringMatching(/^[a-z][a-z0-9._-]{0,10}[a-z0-9]$/);
const known = fc.constantFrom(...VM_FIGURES, ...HOST_FIGURES);
const FORMS = {
  s: (n: number) => [`${n}`, `${n}s`],
  times: (n: number) => [`${n}`],
  pages: (n: number) => [`${n}`, `${n * 4}KiB`],
};

test("a requirement means the same, however its blanks and units are written", () => {
  fc.assert(
    fc.property(known, relation, fc.nat(100_000), blank, blank, blank, fc.nat(1), (figure, sign, n, a, b, c, form) => {
      const { unit, name } = figure;
      const per = [`${n * 100}%`];
      // A share of 1 or more needs the sign.
      const values = unit === "ratio" ? [`${n}`, ...per] : unit === "share" ? per : FORMS[unit](n);
      const written = values[form % values.length] as string;
      const read = parseHostRequirement(`${a}${name}${b}${sign}${c}${written}${a}`);
      expect(read).toEqual({
        of: VM_FIGURES.some((one) => one === figure) ? "vms" : "host",
        only: null,
        figure: name,
        relation: sign === "=" ? "==" : sign,
        bound: n,
        text: `${name} ${sign === "=" ? "==" : sign} ${written}`,
      });
      expect(figureOf(read)).toBe(figure);
      // What is printed can be typed again.
      expect(parseHostRequirement(read.text)).toEqual(read);
    }),
  );
});

test("a figure of one VM has its name in front, which may contain dots", () => {
  fc.assert(
    fc.property(vmName, fc.constantFrom(...VM_FIGURES), (vm, { name }) => {
      expect(parseHostRequirement(`vms.${vm}.${name} == 0`)).toMatchObject({ of: "vms", only: vm, figure: name });
    }),
  );
  expect(parseHostRequirement("vms.*.oom_kills == 0").only).toBeNull();
});

test("any other text is refused with one line that names the option", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
      try {
        const { text: read } = parseHostRequirement(text);
        expect(parseHostRequirement(read).text).toBe(read);
      } catch (error) {
        expect(error).toMatchObject({ name: "InputError" });
        expect((error as Error).message).toMatch(/^--require ".*": .+$/);
      }
    }),
  );
});

describe("messages", () => {
  const messageOf = (text: string): string => {
    try {
      parseHostRequirement(text);
    } catch (error) {
      return (error as Error).message;
    }
    return "accepted";
  };

  test.each([
    [
      "oom_kils == 0",
      /there is no figure "oom_kils"; did you mean "oom_kills"\? \(there are lost_time, .*unfairness\)$/,
    ],
    ["oom_kills", /expected a figure, <, <=, ==, >= or >, and a value, such as "oom_kills == 0"/],
    ["oom_kills != 0", /expected a figure, <, <=/],
    ["oom_kills == 0.5", /oom_kills needs a whole number, found "0.5"/],
    ["oom_kills == -1", /oom_kills needs a whole number, found "-1"/],
    ["lost_time <= 10 pages", /lost_time needs a time such as 10s or 2m \(a number is seconds\), found "10 pages"/],
    [
      "lost_time_share <= 1s",
      /lost_time_share needs a share such as 1% or 0.01 \(from 1 on with a % sign\), found "1s"/,
    ],
    ["host_reads <= 1GB", /host_reads needs a size such as 512MiB, or a whole number of pages, found "1GB"/],
    [
      "vms.web.worst_lost_time <= 1",
      /worst_lost_time is a figure of the host, not of a VM: write it without "vms.web."/,
    ],
    ["web.oom_kills == 0", /expected a figure, or one of a VM such as vms.web.oom_kills, found "web.oom_kills"/],
    ["vms.web.oomkills == 0", /there is no figure "oomkills"; did you mean "oom_kills"\?/],
  ])("%s", (text, message) => {
    expect(messageOf(text)).toMatch(message);
  });

  test("no requirement, the same one twice, and a VM that is not there", () => {
    expect(() => parseHostRequirements([])).toThrow(/^capacity: a requirement is missing: --require "oom_kills == 0"/);
    expect(() => parseHostRequirements(["oom_kills = 0", "oom_kills == 0"])).toThrow(/is given twice: leave one out/);
    const host = hostOf("none", 1 << 20, [vmOf("web-1", "spike", { group: "web" }), vmOf("db", "spike")]);
    const check = (text: string) => checkRequiredVms([parseHostRequirement(text)], host);
    for (const name of ["web", "web-1", "db"]) check(`vms.${name}.oom_kills == 0`);
    expect(() => check("vms.wen.oom_kills == 0")).toThrow(/there is no VM "wen" on the host; did you mean "web"\?/);
  });
});

test("that the host ends no VM is required in any case, unless something else is said about it", () => {
  const texts = (...all: string[]) => parseHostRequirements(all).map(({ text }) => text);
  expect(texts("oom_kills == 0")).toEqual(["oom_kills == 0", "ended == 0"]);
  expect(texts("ended_vms <= 1")).toEqual(["ended_vms <= 1"]);
});

test("a share from 1 on needs a per cent sign", () => {
  expect(() => parseHostRequirements(["lost_time_share <= 1"])).toThrow(/1% or 0\.01/);
  expect(parseHostRequirements(["lost_time_share <= 100%"])[0]?.bound).toBe(1);
});
