import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bundledTraces } from "../../../src/sim/trace/bundled.ts";
import { COST_KEYS } from "../../../src/sim/trace/cost-keys.ts";
import { DOCUMENT_KEYS } from "../../../src/sim/trace/document.ts";
import { readTrace, validateText } from "../../../src/sim/trace/read.ts";
import { GUEST_KEYS } from "../../../src/sim/trace/sections/guest.ts";
import { COMMANDS, HOST_KEYS, STATUS_NAMES } from "../../../src/sim/trace/sections/host.ts";
import { AGGREGATES, EVENT_TYPES, KINDS, MEASURED_KEYS } from "../../../src/sim/trace/sections/log.ts";
import { ORIGIN_KEYS, ORIGIN_KINDS, ZONE_SOURCES } from "../../../src/sim/trace/sections/origin.ts";
import { WORKLOAD_KEYS } from "../../../src/sim/trace/sections/workload.ts";
import { changesOf, documentText } from "./support.ts";

const text = readFileSync(new URL("../../../docs/traces.md", import.meta.url), "utf8");

/** The fenced blocks of a language. */
const blocks = (language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, block]) => block as string);

describe("an example of docs/traces.md is a trace", () => {
  const examples = [...blocks("json"), ...blocks("jsonl")];
  test("of each form", () => {
    expect([blocks("json").length, blocks("jsonl").length]).toEqual([3, 1]);
  });

  test.each(examples)("%s", (example) => {
    expect(validateText(example)).toEqual([]);
    expect(changesOf(readTrace(example)).length).toBeGreaterThan(1);
  });

  test("in every way to write a series", () => {
    const [block = ""] = blocks("jsonc");
    const values = block
      .replace(/\/\/.*$/gm, "")
      .trim()
      .split(/\n(?=[[{n])/);
    expect(values).toHaveLength(4);
    for (const value of values) {
      expect(validateText(documentText({ duration: "3m", host: { target: JSON.parse(value) } }))).toEqual([]);
    }
  });
});

test("docs/traces.md has every key and name of the format", () => {
  const names = [
    ...DOCUMENT_KEYS,
    ...GUEST_KEYS,
    ...COST_KEYS.keys(),
    ...HOST_KEYS,
    ...COMMANDS,
    ...STATUS_NAMES.keys(),
    ...WORKLOAD_KEYS,
    ...ORIGIN_KEYS,
    ...ORIGIN_KINDS,
    ...ZONE_SOURCES,
    ...EVENT_TYPES,
    ...MEASURED_KEYS,
    ...KINDS,
    ...AGGREGATES,
    ...bundledTraces(),
  ];
  for (const name of names) expect(text).toContain(`\`${name}\``);
});
