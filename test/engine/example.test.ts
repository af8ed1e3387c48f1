import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_RATES, Request } from "../../src/engine/index.ts";
import { EngineLife } from "../support/worlds/life.ts";

const PAGE = readFileSync(new URL("../../docs/engine.md", import.meta.url), "utf8");

/** Cells of the rows below the table head that begins with these names. */
function table(...head: readonly string[]): string[][] {
  const begin = PAGE.indexOf(`| ${head.join(" | ")} |`);
  expect(begin).toBeGreaterThan(0);
  const lines = PAGE.slice(begin).split("\n");
  return lines.slice(2, lines.indexOf("")).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe("the page about the engine", () => {
  it("shows a cycle as it is", () => {
    const life = new EngineLife(DEFAULT_RATES);
    life.load();
    life.quietCycle(100);
    const { engine } = life;
    let request = engine.cycle();
    for (const [name, count, value, first, second] of table(
      "request",
      "count",
      "value",
      "first",
      "second",
      "what happens",
    )) {
      expect(request, name).toBe(Request[name as keyof typeof Request]);
      expect(engine.state).toMatchObject({ count: Number(count), value: Number(value) });
      if (request !== Request.None) request = engine.step(Number(first), Number(second));
    }
    expect(engine.state).toMatchObject({ size: 9099, slow: 4, allocFail: 1, refusedAlloc: 1, refusedFree: 1 });
  });

  it("names all requests", () => {
    const names = table("request", "meaning", "answer").map(([name]) => name.replaceAll("`", ""));
    expect(["None", ...names]).toEqual(Object.keys(Request));
  });
});
