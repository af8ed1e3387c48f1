import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

describe("explore", () => {
  const directory = scratchDirectory();
  const path = (name: string) => join(directory, name);
  const call = (...args: string[]) => callBalloonSim(["explore", ...args], { cwd: directory });

  test("makes one page of the bundled traces, the same each time", async () => {
    expect(await call("-o", "a.html")).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(await call("-o", "b.html")).toMatchObject({ status: 0 });
    const page = readFileSync(path("a.html"), "utf8");
    expect(readFileSync(path("b.html"), "utf8")).toBe(page);
    expect(page).toContain('"name":"spike"');
    expect(page).toContain('"name":"recorded/kernel-build"');
    expect(Buffer.byteLength(page)).toBeLessThan(900_000);
    const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    expect(policy).toMatch(
      /^default-src 'none'; script-src (?:'sha256-[^']+' ?){2}; style-src 'sha256-[^']+'; worker-src blob:;/,
    );
    // Nothing of the page ends it, or loads anything.
    expect(page).not.toMatch(/\b(?:src|href)="(?!#)/);
  });

  test("writes to standard output with -", async () => {
    const { status, stdout } = await call("spike", "-o", "-");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  });

  test.each([
    [["spike"], "explore: -o is missing, such as: balloon-sim explore -o explore.html"],
    [
      ["hosts/office", "-o", "x.html"],
      "hosts/office: is a host, and the explorer runs traces: balloon-sim report makes a page of a host",
    ],
    [["spike", "spike", "-o", "x.html"], "explore: spike is given twice: give it once"],
    [["spik", "-o", "x.html"], 'spik: no such file, and no bundled trace "spik"; did you mean "spike"?'],
  ])("refuses %j", async (args, message) => {
    expect(await call(...args)).toMatchObject({ status: 2, stdout: "", stderr: `balloon-sim: ${message}\n` });
    expect(existsSync(path("x.html"))).toBe(false);
  });

  test("reports what is wrong with a trace at its place, and writes nothing", async () => {
    writeFileSync(path("bad.json"), '{"format": "balloon-sim/trace",\n "version": 1, "gest": {}}');
    const { status, stderr } = await call("bad.json", "-o", "x.html");
    expect(status).toBe(2);
    expect(stderr).toMatch(/^balloon-sim: bad\.json:\d+:\d+: /);
    expect(existsSync(path("x.html"))).toBe(false);
  });

  test("a trace is data in the page, whatever its texts look like", async () => {
    const text = {
      format: "balloon-sim/trace",
      version: 1,
      duration: 5,
      guest: { memory: "1GiB" },
      description: "</script><!--",
    };
    writeFileSync(path("odd.json"), JSON.stringify(text));
    expect(await call("odd.json", "-o", "odd.html")).toMatchObject({ status: 0 });
    const page = readFileSync(path("odd.html"), "utf8");
    expect(page.match(/<\/script>/g)).toHaveLength(4);
  });
});
