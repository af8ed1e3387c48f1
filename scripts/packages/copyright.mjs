import { readdirSync } from "node:fs";
import { join } from "node:path";
import { textOf } from "./files.mjs";
import { isLicence } from "./modules.mjs";
import { ROOT } from "./project.mjs";
import { LIBRARY } from "./tree.mjs";

/** A text as a field's continuation lines in Debian's format. */
const indented = (/** @type {string} */ text) =>
  text
    .trim()
    .split("\n")
    .map((line) => (line.trim() === "" ? " ." : ` ${line.trimEnd()}`))
    .join("\n");

/** The lines of a licence that name the holders of rights. */
const holders = (/** @type {string} */ text) =>
  text
    .split("\n")
    .filter((line) => /^\s*copyright\b.*(\d{4}|©|\(c\))/i.test(line))
    .map((line) => line.trim());

/** The licence of a package: its own file, or the end of its README, from the heading on. */
function licenceOf(/** @type {string} */ directory) {
  const names = readdirSync(directory);
  const file = names.find(isLicence);
  if (file !== undefined) return textOf(join(directory, file));
  const readme = names.find((name) => /^readme(\.|$)/i.test(name));
  const [heading] = (readme === undefined ? "" : textOf(join(directory, readme)))
    .split(/^(?=#* *licen[cs]e\b)/im)
    .slice(1);
  if (heading === undefined) throw new Error(`${directory} has no licence`);
  return heading;
}

/**
 * The licences of all files of the package, in Debian's machine-readable format.
 * @param {readonly import("./modules.mjs").Package[]} packages
 * @param {string} maintainer
 */
export function copyright(packages, maintainer) {
  const files = packages.map(({ name, license, path }) => {
    const text = licenceOf(join(ROOT, path));
    const rights = holders(text);
    return `Files: ${LIBRARY}/node_modules/${name}/*
Copyright: ${rights.length === 0 ? `the authors of ${name}` : rights.join("\n ")}
License: ${license}-${name.replace(/[@/]/g, "-").replace(/^-/, "")}
${indented(text)}`;
  });
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: balloon-hw
Comment: Node is a program of its own, in a file of its own, that this package brings along: an aggregate
 in the words of the GPL.

Files: *
Copyright: ${maintainer.replace(/ <.*/, "")}
License: GPL-2

${files.join("\n\n")}

Files: ${LIBRARY}/node/*
Copyright: Node.js contributors, and the authors of the components that Node contains
License: MIT-and-others
 Node is MIT-licensed. Its licence, with those of all components that it contains, is beside it, in
 /${LIBRARY}/node/LICENSE.

License: GPL-2
 This program is free software; you can redistribute it and/or modify it under the terms of version 2 of the GNU General
 Public License as published by the Free Software Foundation.
 .
 This program is distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY; without even the implied warranty
 of MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE. See the GNU General Public License for more details.
 .
 On Debian systems, its full text is in /usr/share/common-licenses/GPL-2.
`;
}
