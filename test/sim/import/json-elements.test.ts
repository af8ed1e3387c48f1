import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import type { InputFile } from "../../../src/common/files/input-file.ts";
import { type ElementPath, JsonElements } from "../../../src/sim/import/json-elements.ts";
import { logFiles } from "../../support/in-process/import-log.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();
const ROWS: ElementPath[] = [["a", null], ["name"]];

function elementsOf(text: string, paths = ROWS) {
  const [file] = logFiles(directory, [{ name: "x.json", text }]) as [InputFile];
  const elements = new JsonElements(file, paths);
  const found: [number, unknown][] = [];
  for (let each = elements.next(); each !== null; each = elements.next()) found.push([each.pathIndex, each.parse()]);
  return { found, isCutShort: elements.isCutShort };
}

describe("values that are cut out of a JSON document", () => {
  it("are those at the wanted paths, in their order", () => {
    const text = '\ufeff{"name": "x",\n "b": [1, {"a": [9]}], "a": [1, "two", {"a": [3]}, [], null, true], "c": {}}\n';
    expect(elementsOf(text)).toEqual({
      found: [
        [1, "x"],
        [0, 1],
        [0, "two"],
        [0, { a: [3] }],
        [0, []],
        [0, null],
        [0, true],
      ],
      isCutShort: false,
    });
  });

  it("come from all documents of a file that may have several, and only there", () => {
    const [file] = logFiles(directory, [{ name: "y.json", text: '{"name": 1}{"a": [2, 3]}\n\n{"name": 4}\n{"na' }]) as [
      InputFile,
    ];
    const elements = new JsonElements(file, ROWS, "sequence");
    const found: unknown[] = [];
    for (let each = elements.next(); each !== null; each = elements.next()) found.push(each.parse());
    expect(found).toEqual([1, 2, 3, 4]);
    expect(elements.isCutShort).toBe(true);
    expect(() => elementsOf('{"name": 1}\n{"name": 2}')).toThrow("x.json:2:1: expected nothing more, found ");
  });

  it("are what JSON.parse makes of the whole, however it is written", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom("a", "b", "name", 'q"\\'), fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()))),
        fc.constantFrom(0, 1, "\t"),
        (document, space) => {
          const expected: [number, unknown][] = [];
          for (const [key, value] of Object.entries(document)) {
            const values = JSON.parse(JSON.stringify(value));
            if (key === "name") expected.push([1, values]);
            if (key === "a" && Array.isArray(values)) for (const each of values) expected.push([0, each]);
          }
          expect(elementsOf(JSON.stringify(document, null, space))).toEqual({ found: expected, isCutShort: false });
        },
      ),
    );
  });

  it("may be longer than what is read at a time, and be cut anywhere by that", () => {
    const value = (i: number) => ({ i, text: `${'\\"'.repeat(i % 7)}${"é\n".repeat(30_000 + i)}` });
    const list = Array.from({ length: 12 }, (_, i) => value(i));
    expect(elementsOf(JSON.stringify({ a: list })).found.map(([, each]) => each)).toEqual(list);
  });

  it("are those that are whole, where the document is cut short", () => {
    const text = '{"a": [{"x": 1}, "\\"y", 3, {"z": [4]}], "b": true}';
    const whole = elementsOf(text).found;
    for (let length = 1; length < text.length; length++) {
      const { found, isCutShort } = elementsOf(text.slice(0, length));
      expect(isCutShort).toBe(true);
      expect(found).toEqual(whole.slice(0, found.length));
    }
  });

  it.each([
    ['{"a": [1, 2}', 'x.json:1:12: expected a comma or the end of the array or object, found "} "'],
    ['{"a": [1 2]}', 'x.json:1:10: expected a comma or the end of the array or object, found "2]} "'],
    ['{"a"\n: [{}, {]}', 'x.json:2:9: expected a key in double quotes or "}", found "]'],
    ["{a: 1}", 'x.json:1:2: expected a key in double quotes or "}", found "a: 1} "'],
    ['{"b": tru, "a": []}', "x.json:1:7: "],
    ['{"a" []}', "x.json:1:6: expected a colon, found"],
    ['{"a": [1,]}', "x.json:1:10: "],
    ["{} {}", "x.json:1:4: expected nothing more, found"],
    ["x", "x.json:1:1: "],
    [`${"[".repeat(70)}`, "x.json:1:65: nested too deep"],
  ])("are not looked for in %j", (text, message) => {
    try {
      elementsOf(`${text} `);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      expect((error as Error).message.startsWith(message), (error as Error).message).toBe(true);
      return;
    }
    expect.fail("no error");
  });

  it("know where they and what is in them stand", () => {
    const text = '{\n  "a": [1,\n    {"x": 1,\n     "y": [2, 3]}]}';
    const [file] = logFiles(directory, [{ name: "x.json", text }]) as [InputFile];
    const elements = new JsonElements(file, ROWS);
    const places = [elements.next(), elements.next()].map((each) => [each?.line, each?.column]);
    expect(places).toEqual([
      [2, 9],
      [3, 5],
    ]);
    const again = new JsonElements(file, ROWS);
    const [first, second] = [again.next(), again.next()];
    expect(first?.fault([], "no").message).toBe("x.json:2:9: no");
    expect(second?.fault(["x"], "no").message).toBe("x.json:3:11: no");
    expect(second?.fault(["y", 1], "no").message).toBe("x.json:4:15: no");
  });
});
