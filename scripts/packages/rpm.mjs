import { cpSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DESCRIPTION, SUMMARY } from "./description.mjs";
import { Tree } from "./files.mjs";
import { execute, ROOT } from "./project.mjs";
import { LIBRARY, packages } from "./tree.mjs";

/** Nothing is changed after it was put into place, and nothing of the machine that builds gets into the package. */
const DEFINITIONS = `
%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
%global _buildhost localhost
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global source_date_epoch_from_changelog 0
`;

const SCRIPTS = `
%post
systemd-tmpfiles --create balloon-hw.conf >/dev/null 2>&1 || :
if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi
if [ "$1" = 1 ]; then
  echo 'balloon-hw: the kernel keeps its own balloon driver until "systemctl enable --now balloon-hw"'
fi

%preun
# Before removal the daemon ends and the kernel's driver comes back; an upgrade is the new package's.
if [ "$1" = 0 ]; then
  # A daemon that is not stopped, or that was started by hand, stays, and so does the package.
  if [ -d /run/systemd/system ]; then
    systemctl stop balloon-hw.service balloon-hw-takeover.service || exit 1
  fi
  # 3: the driver can't be loaded, which no package can mend.
  /bin/sh /usr/lib/balloon-hw/packaging/takeover.sh release || [ $? = 3 ] || exit 1
  if [ -d /run/systemd/system ]; then systemctl --no-reload disable balloon-hw.service || :; fi
fi

%postun
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || :
  if [ "$1" -ge 1 ]; then systemctl try-restart balloon-hw.service || :; fi
fi
# A directory with recordings in it stays.
if [ "$1" = 0 ]; then rm -rf /run/balloon-hw; rmdir /var/lib/balloon-hw 2>/dev/null || :; fi
`;

/** The line of the package's list for a file. */
function listed(/** @type {string} */ file) {
  if (file.startsWith("etc/")) return `%config(noreplace) /${file}`;
  if (file.startsWith("usr/share/licenses/")) return `%license /${file}`;
  if (file.startsWith("usr/share/doc/")) return `%doc /${file}`;
  return `/${file}`;
}

/** Directories that are this package's alone. */
const OWN = [LIBRARY, "usr/share/doc/balloon-hw", "usr/share/licenses/balloon-hw"];

/**
 * Makes the .rpm.
 * @param {{ tree: string, work: string, out: string, described: import("./sbom.mjs").Described & { maintainer: string }, isFast: boolean }} request
 * as for the .deb
 * @returns {string} path of the file
 */
export function makeRpm({ tree, work, out, described, isFast }) {
  const { timeS, license } = described;
  const stage = join(work, "stage");
  cpSync(tree, stage, { recursive: true, preserveTimestamps: true });
  const copy = new Tree(stage);
  copy.copy(join(ROOT, "LICENSE"), "usr/share/licenses/balloon-hw/LICENSE");
  copy.settle(timeS);
  const files = copy.files();
  const directories = readdirSync(stage, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(stage.length + 1))
    .filter((path) => OWN.some((own) => path === own || path.startsWith(`${own}/`)))
    .sort();
  const licenses = [license, ...new Set(packages().map((one) => one.license))].sort().join(" AND ");
  const spec = `${DEFINITIONS}
%global _binary_payload ${isFast ? "w1.gzdio" : "w1.xzdio"}
Name: balloon-hw
Version: ${described.version.replace("-", "~")}
Release: 1
Summary: ${SUMMARY[0].toUpperCase()}${SUMMARY.slice(1)}
License: ${licenses}
Group: System Environment/Daemons
Packager: ${described.maintainer}
# What the programs need of the C and C++ libraries is read from them; they offer nothing to other packages.
AutoProv: no
Requires: kmod, systemd

%description
${DESCRIPTION.join("\n")}

%install
cp -a ${stage}/. %{buildroot}/
${SCRIPTS}
%files
%defattr(-,root,root,-)
${directories.map((path) => `%dir /${path}`).join("\n")}
${files.map(listed).join("\n")}

%changelog
* ${changelogDate(timeS)} ${described.maintainer} - ${described.version.replace("-", "~")}-1
- Version ${described.version}: see changelog.gz
`;
  mkdirSync(join(work, "top"), { recursive: true });
  const path = join(work, "balloon-hw.spec");
  writeFileSync(path, spec);
  execute(
    "rpmbuild",
    [
      "-bb",
      "--target",
      "x86_64-linux",
      "--define",
      `_topdir ${join(work, "top")}`,
      "--define",
      `_tmppath ${work}`,
      path,
    ],
    {
      SOURCE_DATE_EPOCH: `${timeS}`,
      LC_ALL: "C",
    },
  );
  const [made] = readdirSync(join(work, "top/RPMS/x86_64"));
  renameSync(join(work, "top/RPMS/x86_64", made), join(out, made));
  return join(out, made);
}

/** A day as changelogs of rpm have it: `Fri Nov 27 2026`. */
function changelogDate(/** @type {number} */ timeS) {
  const [weekday, day, month, year] = new Date(timeS * 1000).toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${day} ${year}`;
}
