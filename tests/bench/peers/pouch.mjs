// PouchDB beside us: `serve FOLDER DOCUMENTS` offers documents with express-pouchdb on loopback and
// prints its port; `pull FOLDER PORT` replicates them into a new database. LevelDB on both sides,
// with PouchDB's own settings. Its modules are found from the folder it is run in.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";

const require = createRequire(`${process.cwd()}/`);
const PouchDB = require("pouchdb");
const [mode, folder, given] = process.argv.slice(2);

if (mode === "serve") {
  mkdirSync(folder, { recursive: true });
  const Here = PouchDB.defaults({ prefix: `${folder}/` });
  const documents = JSON.parse(readFileSync(given));
  const desk = new Here("desk");
  for (let at = 0; at < documents.length; at += 1000) {
    await desk.bulkDocs(documents.slice(at, at + 1000));
  }
  const app = require("express")();
  const options = { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: `${folder}/log.txt` };
  app.use("/", require("express-pouchdb")(Here, options));
  const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
} else {
  mkdirSync(folder, { recursive: true });
  const began = process.hrtime.bigint();
  const local = new PouchDB(`${folder}/pulled`);
  const result = await local.replicate.from(`http://127.0.0.1:${given}/desk`);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  console.log(JSON.stringify({ seconds, documents: result.docs_written }));
}
