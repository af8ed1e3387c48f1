import { join } from "node:path";
import { COMMIT_FILE, commitText } from "../commit.mjs";
import { bashCompletion } from "./completion.mjs";
import { Tree, textOf } from "./files.mjs";
import { filesToLoad, modulesOf, packagesWith } from "./modules.mjs";
import { ADDON, execute, NODE_PACKAGE, ROOT } from "./project.mjs";
import { sbom } from "./sbom.mjs";

/** Where the packages keep the program. */
export const LIBRARY = "usr/lib/balloon-hw";

/** The pages on the daemon. */
const DOCUMENTS = ["balloon-hw", "emulation", "install", "licences", "operations", "rollout", "shadow"];

/** The entries of the command: the daemon, and the shadow, which is the simulator's. */
const ENTRIES = ["dist/hw/cli/main.js", "dist/sim/cli/shadow-main.js"];

/** Paths of npm's way in the units, and those of the packages. */
const PATHS = [
  ["/usr/local/bin/balloon-hw", "/usr/sbin/balloon-hw"],
  ["/usr/local/lib/node_modules/balloon-sim/packaging/takeover.sh", `/${LIBRARY}/packaging/takeover.sh`],
];

/** A package whose files the shadow's report contains (src/sim/report/assets.ts): it is read, not loaded. */
const CHARTS = "uplot";
const CHART_FILES = ["package.json", "LICENSE", "dist/uPlot.iife.min.js", "dist/uPlot.min.css"];

/** The npm packages that the command loads or reads. */
export const packages = () => packagesWith(ROOT, [...modulesOf(ROOT, ENTRIES).packages, CHARTS]);

/**
 * Makes the tree of files that the packages have in common.
 * @param {string} root directory that becomes the root of the package
 * @param {import("./sbom.mjs").Described} described
 */
export async function makeTree(root, described) {
  const tree = new Tree(root);
  const own = (/** @type {string} */ path, options = {}) => tree.copy(join(ROOT, path), join(LIBRARY, path), options);
  const packaging = (/** @type {string} */ name) => textOf(join(ROOT, "packaging", name));

  const { modules } = modulesOf(ROOT, ENTRIES);
  for (const path of modules) own(path);
  // The script of the shadow's report.
  for (const page of ["report", "explore", "explore-worker", "explore-hosts", "explore-hosts-worker"])
    own(`dist/bundle/page/${page}.js`);
  for (const name of ["start.js", "own-files.js", "package.json"]) own(`bin/${name}`);
  // Only /usr/sbin/balloon-hw starts it: not with any Node that is on a PATH.
  const command = "bin/balloon-hw.js";
  tree.write(join(LIBRARY, command), textOf(join(ROOT, command)).replace(/^#!.*\n/, ""));
  const loaded = packages();
  for (const { name, path } of loaded) {
    for (const file of name === CHARTS ? CHART_FILES : filesToLoad(join(ROOT, path))) own(join(path, file));
  }
  const { version, license, commit } = described;
  tree.write(join(LIBRARY, COMMIT_FILE), commitText(commit));
  const manifest = {
    name: "balloon-hw",
    version,
    license,
    private: true,
    type: "module",
    dependencies: Object.fromEntries(loaded.map((one) => [one.name, one.version])),
  };
  tree.write(join(LIBRARY, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

  const addon = join(LIBRARY, "prebuilds/linux-x64/balloon_hw.node");
  tree.copy(ADDON, addon);
  execute("strip", ["--strip-unneeded", join(root, addon)]);
  // Byte for byte as it was distributed.
  tree.copy(join(NODE_PACKAGE, "bin/node"), join(LIBRARY, "node/node"), { executable: true });
  tree.copy(join(NODE_PACKAGE, "LICENSE"), join(LIBRARY, "node/LICENSE"));

  tree.write("usr/sbin/balloon-hw", packaging("balloon-hw.sh"), { executable: true });
  tree.write(join(LIBRARY, "packaging/takeover.sh"), packaging("takeover.sh"), { executable: true });
  for (const unit of ["balloon-hw.service", "balloon-hw-takeover.service", "balloon-hw-boot.service"]) {
    const text = PATHS.reduce((so, [npm, here]) => so.replaceAll(npm, here), packaging(unit));
    tree.write(`usr/lib/systemd/system/${unit}`, text);
  }
  tree.write("usr/lib/tmpfiles.d/balloon-hw.conf", packaging("balloon-hw.tmpfiles.conf"));
  tree.write("etc/balloon-hw.json", packaging("balloon-hw.json"));
  tree.write("usr/share/man/man8/balloon-hw.8.gz", packaging("balloon-hw.8"));
  tree.write("usr/share/bash-completion/completions/balloon-hw", await bashCompletion());
  tree.write("usr/share/doc/balloon-hw/sbom.cdx.json", sbom(described, loaded));
  for (const name of DOCUMENTS) {
    tree.write(`usr/share/doc/balloon-hw/${name}.md.gz`, textOf(join(ROOT, "docs", `${name}.md`)));
  }
  tree.write("usr/share/doc/balloon-hw/changelog.gz", textOf(join(ROOT, "CHANGELOG.md")));
  return tree;
}
