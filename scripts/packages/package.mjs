/**
 * Makes the packages for Linux distributions: `npm run package`.
 *
 *     node scripts/packages/package.mjs [--out DIRECTORY] [--fast] [--only deb|rpm]
 *
 * --out DIRECTORY  where they go; dist/packages by default --fast  compresses little, for tests --only deb|rpm  one of them.
 * Without rpmbuild there is no .rpm, which is said on standard error.
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeDeb } from "./deb.mjs";
import { has, PackageError, project, ROOT, requireParts } from "./project.mjs";
import { makeRpm } from "./rpm.mjs";
import { sbom } from "./sbom.mjs";
import { makeTree, packages } from "./tree.mjs";

/** Makes the packages in an order that does not matter, and returns the paths of all files. */
async function make(
  /** @type {string} */ out,
  /** @type {string} */ work,
  /** @type {boolean} */ isFast,
  /** @type {string | undefined} */ only,
) {
  requireParts();
  const described = project();
  const tree = join(work, "tree");
  await makeTree(tree, described);
  const request = { tree, out, described, isFast };
  const files = [];
  if (only !== "rpm") {
    if (!has("dpkg-deb")) throw new PackageError("there is no dpkg-deb: it is in the package dpkg");
    files.push(makeDeb({ ...request, work: join(work, "deb") }));
  }
  if (only !== "deb") {
    if (has("rpmbuild")) files.push(makeRpm({ ...request, work: join(work, "rpm") }));
    else process.stderr.write("package: there is no rpmbuild (Debian has it in the package rpm): no .rpm is made\n");
  }
  const bom = join(out, `balloon-hw-${described.version}.cdx.json`);
  writeFileSync(bom, sbom(described, packages()));
  return [...files, bom];
}

const { values } = parseArgs({
  options: {
    out: { type: "string", default: join(ROOT, "dist/packages") },
    fast: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
const work = mkdtempSync(join(tmpdir(), "balloon-packages-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));
try {
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  // Those of an earlier version would be taken for this one's.
  for (const name of readdirSync(out)) {
    if (/^(balloon-hw[-_].*\.(deb|rpm|cdx\.json)|SHA256SUMS)$/.test(name)) rmSync(join(out, name));
  }
  const files = await make(out, work, values.fast, values.only);
  const sum = (/** @type {string} */ file) => createHash("sha256").update(readFileSync(file)).digest("hex");
  writeFileSync(join(out, "SHA256SUMS"), files.map((file) => `${sum(file)}  ${basename(file)}\n`).join(""));
  for (const file of files) process.stdout.write(`${file}  ${(statSync(file).size / 2 ** 20).toFixed(1)} MiB\n`);
} catch (error) {
  if (!(error instanceof PackageError)) throw error;
  process.stderr.write(`package: ${error.message}\n`);
  process.exitCode = 1;
}
