import { bitbrains } from "../../../../src/sim/import/formats/bitbrains.ts";
import { describeReader } from "../../../support/readers.ts";

describeReader(bitbrains, {
  fixture: "17.csv",
  machines: { "17": 82 },
  hasMissing: true,
  damages: [
    { line: 9, from: "620756.9", to: "12%", column: 47, says: /expected Memory usage \[KB\], a number, found "12%"/ },
    { line: 9, from: "1400002100", to: "", column: 1, says: /a row without a time/ },
    { line: 9, from: /;\t0\.0$/, to: "", column: 100, says: /10 fields, expected 11/ },
    { line: 12, from: /^\d+/, to: "1300000000", column: null, says: /the time of 17 goes back/ },
    { line: 1, from: "Memory usage [KB]", to: "Memory use [KB]", column: 1, says: /the header lacks "Memory usage/ },
  ],
  grow: (text, times) => {
    const [header, ...rows] = text.trimEnd().split("\n");
    const span = 30_000;
    const more = Array.from({ length: times }, (_, i) =>
      rows.map((row) => row.replace(/^\d+/, (time) => String(Number(time) + i * span))).join("\n"),
    );
    return `${[header, ...more].join("\n")}\n`;
  },
});
