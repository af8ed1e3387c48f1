import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { importInPage, isLog, pauses } from "../../../src/sim/explore/worker/log-import.ts";
import { esxtopCapture, vmCounters } from "../../support/data/esxtop-capture.ts";
import { ROOT } from "../../support/processes/command.ts";

const noPace = async (): Promise<void> => {};
const fileOf = (path: string): Uint8Array => readFileSync(join(ROOT, path));
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const captureOf = (vms: number): Uint8Array =>
  Buffer.from(
    esxtopCapture({
      host: "esx1",
      begin: "2026-01-02T03:04:05Z",
      step: 5,
      samples: 3,
      vms: Array.from({ length: vms }, (_, i) => ({ group: 10 + i, name: `vm ${i}`, at: () => vmCounters(1024) })),
    }),
  );

describe("logs in the explorer's page", () => {
  test("are what a reader of the page detects, and no trace, also a damaged one", () => {
    const is = (path: string) => isLog("x", fileOf(path), textOf(fileOf(path)));
    const fixtures = "test/sim/import/fixtures";
    expect(is(`${fixtures}/free/web03.log`)).toBe(true);
    // The command reads it, the page does not.
    expect(is(`${fixtures}/bitbrains/17.csv`)).toBe(false);
    expect(is("traces/spike.json")).toBe(false);
    const both = `${textOf(fileOf(`${fixtures}/free/web03.log`))}{"format":"balloon-sim/trace"`;
    expect(isLog("x", Buffer.from(both), both)).toBe(false);
    expect(isLog("x", new Uint8Array(), "")).toBe(false);
  });

  test("have each a name that is a file's, with the command that makes it", async () => {
    const traces = await importInPage("a b.csv", captureOf(2), "1.2.3", noPace);
    expect(traces.map(({ name, notes }) => [name, notes[0]])).toEqual([
      ["vm_0.jsonl", "Made of a b.csv, as this command does: balloon-sim import 'a b.csv' --vm 'vm 0' -o vm_0.jsonl"],
      ["vm_1.jsonl", "Made of a b.csv, as this command does: balloon-sim import 'a b.csv' --vm 'vm 1' -o vm_1.jsonl"],
    ]);
    expect(JSON.parse(traces[0]?.text.split("\n")[0] ?? "").origin.importer).toMatchObject({
      name: "balloon-sim",
      version: "1.2.3",
    });
  });

  test("are refused if they hold too many machines, or lack what a trace needs", async () => {
    expect(await importInPage("full.csv", captureOf(100), "1", noPace)).toHaveLength(100);
    await expect(importInPage("full.csv", captureOf(101), "1", noPace)).rejects.toThrow(
      /^full\.csv: holds 101 machines, more than the 100 that a page takes\. With options, balloon-sim import full\.csv -o trace\.jsonl makes/,
    );
    const vmstat = fileOf("test/sim/import/fixtures/vmstat/screens.log");
    await expect(importInPage("-v.log", vmstat, "1", noPace)).rejects.toThrow(
      /^-v\.log: the RAM of .*--memory.* balloon-sim import \.\/-v\.log -o trace\.jsonl/,
    );
  });

  test("let other work have its turn", async () => {
    const told: number[] = [];
    const pace = pauses((progress) => told.push(progress));
    await pace(0.1);
    expect(told).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    let hadTurn = false;
    setTimeout(() => {
      hadTurn = true;
    });
    await pace(0.2);
    expect([told, hadTurn]).toEqual([[0.2], true]);
  });
});
