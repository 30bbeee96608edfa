// A front end in another language: it signs a user in with the events of `promptvm-auth login --json-lines` alone.
//
//     node front_end.mjs promptvm-auth --base-url http://127.0.0.1:8400
//
// The first argument is the command, the others are options of its `login`. Ctrl-C cancels the login.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const [command, ...options] = process.argv.slice(2);
const login = spawn(command, ["login", "--json-lines", ...options], { stdio: ["pipe", "pipe", "ignore"], detached: true });
const write = (wish) => login.stdin.write(`${JSON.stringify(wish)}\n`);
process.on("SIGINT", () => write({ cancel: true }));

const show = {
  LoginPlanned: (event) => event.replaces && console.log(`This replaces the login of ${event.replaces}.`),
  BrowserOpened: (event) => console.log(`Your browser shows ${event.url}`),
  BrowserNotOpened: (event) => console.log(`Open ${event.url}`),
  DeviceCodeIssued: (event) => console.log(`Open ${event.verification_uri} and enter ${event.user_code}`),
  Retrying: (event) => console.log(`${event.reason}; trying again`),
  ProblemNoticed: (event) => console.log(event.problem),
  LoginFailed: (event) => console.log(`Not signed in: ${event.reason}. Next: ${event.next_step}.`),
  CommandEnded: (event) => {
    if (event.result) console.log(`Signed in as ${event.result.user?.email ?? "somebody"}, profile ${event.profile}.`);
    process.exitCode = event.exit_code;
  },
};

for await (const line of createInterface({ input: login.stdout })) {
  const event = JSON.parse(line);
  show[event.event]?.(event); // kinds of events that a later version adds are passed over
}
