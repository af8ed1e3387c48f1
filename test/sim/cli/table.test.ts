import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { formatTable } from "../../../src/sim/cli/table.ts";

const layout = { head: ["name", "square"], align: ["left", "right"] } as const;
const notes = { head: ["trace", "note"], align: ["left", "left"] } as const;

test.each([0, 1, 250])("a table of %i rows has one heading, and its columns in line", (count) => {
  const rows = Array.from({ length: count }, (_, i) => [`row ${i}`, String(i * i)]);
  const first = Math.max(4, ...rows.map(([name = ""]) => name.length));
  const second = Math.max(6, ...rows.map(([, square = ""]) => square.length));
  const line = (name: string, square: string) => `${name.padEnd(first)}  ${square.padStart(second)}\n`;
  expect(formatTable(layout, rows)).toBe(
    line("name", "square") + rows.map(([name = "", square = ""]) => line(name, square)).join(""),
  );
});

test("wide characters are whole, and take two columns of the terminal", () => {
  expect(
    formatTable(layout, [
      ["日本語の名前", "1"],
      ["abc", "22"],
    ]),
  ).toBe(["name          square", "日本語の名前       1", "abc               22", ""].join("\n"));
});

test("characters that would do something to a terminal are escaped", () => {
  expect(formatTable(notes, [["\u001b[31m", "a\nb"]])).toBe(
    ["trace       note", "\\u{1b}[31m  a\\u{a}b", ""].join("\n"),
  );
});

describe("the last column", () => {
  const texts = [
    "a sentence that is longer than the column in which it stands",
    "/a/path/without/a/blank/that/is/longer/than/the/column/in/which/it/stands",
    "長い説明は端末の幅に合わせて折り返され、何も失われません。長い説明は端末の幅に合わせて。",
  ];

  test.each(texts)("is wrapped to the terminal, and nothing of it is lost: %s", (text) => {
    const [head = "", ...lines] = formatTable({ ...notes, width: 40 }, [["spike", text]])
      .trimEnd()
      .split("\n");
    const at = head.indexOf("note");
    expect(lines.length).toBeGreaterThan(1);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(40);
    expect(lines.map((line) => line.slice(0, at).trim())).toEqual(["spike", ...lines.slice(1).map(() => "")]);
    expect(lines.map((line) => line.slice(at)).join(text.includes(" ") ? " " : "")).toBe(text);
  });

  test.each(texts)("stands on one line where no terminal is: %s", (text) => {
    expect(formatTable(notes, [["spike", text]])).toContain(`spike  ${text}\n`);
  });
});
