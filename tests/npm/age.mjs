// Runs npm's age-encryption on requests of one JSON line each, and answers with one line each.
//
//   {"do": "keys", "hybrid": true}                 -> {"identity", "recipient"}
//   {"do": "seal", "recipients": [], "data": b64}  -> {"data": b64}
//   {"do": "open", "identities": [], "data": b64}  -> {"data": b64}
//
// "passphrase" in place of recipients or identities; "armor": true for text. An answer is
// {"error"} where it failed. argv[2] is the node_modules folder.
import { createInterface } from "node:readline";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const age = await import(
  pathToFileURL(join(process.argv[2], "age-encryption", "dist", "index.js"))
);

async function answer(request) {
  if (request.do === "keys") {
    const identity = request.hybrid
      ? await age.generateHybridIdentity()
      : await age.generateX25519Identity();
    return { identity, recipient: await age.identityToRecipient(identity) };
  }
  let data = Buffer.from(request.data, "base64");
  if (request.do === "seal") {
    const encrypter = new age.Encrypter();
    if (request.passphrase) {
      encrypter.setScryptWorkFactor(10);
      encrypter.setPassphrase(request.passphrase);
    }
    for (const recipient of request.recipients ?? []) encrypter.addRecipient(recipient);
    data = await encrypter.encrypt(new Uint8Array(data));
    if (request.armor) data = Buffer.from(age.armor.encode(data));
  } else {
    const decrypter = new age.Decrypter();
    for (const identity of request.identities ?? []) decrypter.addIdentity(identity);
    data = await decrypter.decrypt(new Uint8Array(data));
  }
  return { data: Buffer.from(data).toString("base64") };
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = await answer(JSON.parse(line));
  } catch (error) {
    reply = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
}
