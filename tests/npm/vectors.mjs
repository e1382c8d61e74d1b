// Writes every CCTV age vector to the folder argv[3], one file each, from the npm packages in
// argv[2] (a node_modules folder).
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, target] = process.argv.slice(2);
const vectors = await import(pathToFileURL(join(modules, "cctv-age", "index.js")));
mkdirSync(target, { recursive: true });
for (const [name, bytes] of Object.entries(vectors)) writeFileSync(join(target, name), bytes);
