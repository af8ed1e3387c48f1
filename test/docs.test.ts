import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withKinds } from "./support/pages/causes-page.ts";
import { columnsPage, objectivesPage, summaryPage } from "./support/pages/reference-pages.ts";
import { ROOT, scratchDirectory, shell } from "./support/processes/command.ts";
import { slowFile } from "./support/setup/slow.ts";

slowFile(20);

// Whatever differs is rewritten by `npx vitest run test/docs.test.ts -u`.

test("docs/columns.md is what the program makes of its table of columns", async () => {
  await expect(columnsPage()).toMatchFileSnapshot("../docs/columns.md");
});

test("docs/summary.md is what the program makes of its table of figures", async () => {
  await expect(summaryPage()).toMatchFileSnapshot("../docs/summary.md");
});

test("docs/objectives.md is what the program makes of its table of objectives", async () => {
  await expect(objectivesPage()).toMatchFileSnapshot("../docs/objectives.md");
});

/** A line in a shown output that stands for any number of lines. */
const ELLIPSIS = "...";

/** What `tune` says of its length where it is long, which depends on the machine. */
const LENGTH_OF_STUDY = /^balloon-sim: about \d+ \w+ for \d+ trials on \d+ workers?: --trials or --for limit it$/;

/**
 * A document in which what stands behind each `$ balloon-sim …` of a ```console block is what that command prints. The
 * commands of a document run in one directory, in their order. An ellipsis stays where it is.
 */
function withRealOutput(document: string, directory: string): string {
  return document.replace(/^(```console\n)([\s\S]*?)(^```$)/gm, (_, open: string, body: string, close: string) => {
    const steps = body.split(/^(?=\$ )/m);
    return open + steps.map((step) => withRealStep(step, directory)).join("") + close;
  });
}

function withRealStep(step: string, directory: string): string {
  const [prompt, ...shown] = step.trimEnd().split("\n");
  const command = /^\$ (.*\bballoon-(?:sim|hw)\b.*)$/.exec(prompt)?.[1];
  if (command === undefined) return step;
  const { stdout } = shell(`{ ${command}\n} 2>&1`, directory);
  const lines =
    stdout === ""
      ? []
      : stdout
          .trimEnd()
          .split("\n")
          .filter((line) => !LENGTH_OF_STUDY.test(line));
  const cut = shown.indexOf(ELLIPSIS);
  const kept =
    cut === -1 ? lines : [...lines.slice(0, cut), ELLIPSIS, ...lines.slice(lines.length - (shown.length - cut - 1))];
  return `${[prompt, ...kept].map((line) => line.trimEnd()).join("\n")}\n`;
}

const documents = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith(".md") && existsSync(join(ROOT, name)),
);

test.each(documents)("%s shows what its commands print", async (name) => {
  const document = readFileSync(join(ROOT, name), "utf8");
  // The table of kinds of causes is the program's own; only one test may write a page.
  await expect(withRealOutput(withKinds(document), scratchDirectory())).toMatchFileSnapshot(`../${name}`);
});
