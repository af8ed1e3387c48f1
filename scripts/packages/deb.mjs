import { createHash } from "node:crypto";
import { cpSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { symbolVersions } from "../symbol-versions.mjs";
import { copyright } from "./copyright.mjs";
import { debianDependencies } from "./dependencies.mjs";
import { DESCRIPTION, SUMMARY } from "./description.mjs";
import { Tree, textOf } from "./files.mjs";
import { execute, ROOT } from "./project.mjs";
import { LIBRARY, packages } from "./tree.mjs";

/** Revision of the package of one version of the program. */
const REVISION = 1;

/** Settings of needrestart, which Ubuntu has by default and RHEL has not. */
const NEEDRESTART = "etc/needrestart/conf.d/balloon-hw.conf";

/** A version of npm as one of Debian: a pre-release sorts before its release. */
export const debianVersion = (/** @type {string} */ version) => `${version.replace("-", "~")}-${REVISION}`;

/**
 * Makes the .deb.
 * @param {{ tree: string, work: string, out: string, described: import("./sbom.mjs").Described & { maintainer: string }, isFast: boolean }} request
 * `tree`: the files; `work`: a directory for a copy of them; `isFast`: compresses little
 * @returns {string} path of the file
 */
export function makeDeb({ tree, work, out, described, isFast }) {
  const { maintainer, timeS } = described;
  const version = debianVersion(described.version);
  cpSync(tree, work, { recursive: true, preserveTimestamps: true });
  const copy = new Tree(work);
  copy.write("usr/share/doc/balloon-hw/copyright", copyright(packages(), maintainer));
  copy.write("usr/share/lintian/overrides/balloon-hw", textOf(join(ROOT, "packaging/deb/lintian-overrides")));
  copy.write(NEEDRESTART, textOf(join(ROOT, "packaging/balloon-hw.needrestart.conf")));
  const date = execute("date", ["-u", "-R", "-d", `@${timeS}`], { LC_ALL: "C" }).trim();
  copy.write(
    "usr/share/doc/balloon-hw/changelog.Debian.gz",
    `balloon-hw (${version}) stable; urgency=medium\n\n  * Version ${described.version}: see changelog.gz.\n\n -- ${maintainer}  ${date}\n`,
  );
  const files = copy.files();
  const sizeKb = files.reduce((sum, file) => sum + Math.ceil(statSync(join(work, file)).size / 1024), 0);
  const programs = ["node/node", "prebuilds/linux-x64/balloon_hw.node"].map((file) =>
    symbolVersions(join(work, LIBRARY, file)),
  );
  copy.write(
    "DEBIAN/control",
    `Package: balloon-hw
Version: ${version}
Architecture: amd64
Maintainer: ${maintainer}
Installed-Size: ${sizeKb}
Depends: ${[...debianDependencies(programs), "kmod", "init-system-helpers (>= 1.54)"].join(", ")}
Recommends: systemd
Suggests: bash-completion
Section: admin
Priority: optional
Description: ${SUMMARY}
${DESCRIPTION.map((line) => (line === "" ? " ." : ` ${line}`)).join("\n")}
`,
  );
  copy.write("DEBIAN/conffiles", `/etc/balloon-hw.json\n/${NEEDRESTART}\n`);
  const md5 = (/** @type {string} */ file) =>
    createHash("md5")
      .update(readFileSync(join(work, file)))
      .digest("hex");
  copy.write(
    "DEBIAN/md5sums",
    files
      .filter((file) => !file.startsWith("etc/"))
      .map((file) => `${md5(file)}  ${file}\n`)
      .join(""),
  );
  for (const script of ["postinst", "prerm", "postrm"]) {
    copy.write(`DEBIAN/${script}`, textOf(join(ROOT, "packaging/deb", script)), { executable: true });
  }
  copy.settle(timeS);
  const path = join(out, `balloon-hw_${version}_amd64.deb`);
  // Level 1 of xz takes a fifth of the time of level 6, for a sixth more bytes: Node does not compress well.
  const compression = isFast ? ["-Zgzip", "-z1"] : ["-Zxz", "-z1"];
  execute("dpkg-deb", ["--root-owner-group", ...compression, "--build", work, path], { SOURCE_DATE_EPOCH: `${timeS}` });
  return path;
}
