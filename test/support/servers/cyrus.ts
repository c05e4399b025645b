// Cyrus, which Fastmail runs: httpd and imapd under a master of their own. People are made by their first IMAP login.
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort, type Running, start } from "../../../scripts/local/process.ts";
import { NO_PUSH } from "../../contract/worlds/caldav.ts";
import { type CalendarServer, startServer } from "./server.ts";

const MASTER = "/usr/sbin/cyrmaster";
const HTTPD = "/usr/lib/cyrus/bin/httpd";
const PASSWORD = "abcd-efgh-ijkl-mnop";

const FOLDERS = ["conf", "conf/db", "conf/proc", "conf/log", "conf/lock", "conf/socket", "spool"];

/** Whom the server runs as. Cyrus never runs as root: then it is the package's own user. */
function runner(): { name: string; uid: number; gid: number } {
  const { uid, gid, username } = userInfo();
  if (uid !== 0) return { name: username, uid, gid };
  const line = /^cyrus:[^:]*:(\d+):(\d+)/m.exec(readFileSync("/etc/passwd", "utf8")) ?? [];
  return { name: "cyrus", uid: Number(line[1]), gid: Number(line[2]) };
}

function configure(folder: string, ports: { http: number; imap: number }, user: string): void {
  for (const name of FOLDERS) mkdirSync(join(folder, name));
  const settings = {
    configdirectory: join(folder, "conf"),
    "partition-default": join(folder, "spool"),
    defaultpartition: "default",
    cyrus_user: user,
    admins: "admin",
    servername: "127.0.0.1",
    httpmodules: "caldav",
    allowplaintext: "yes",
    sasl_mech_list: "PLAIN",
    sasl_pwcheck_method: "saslauthd",
    sasl_saslauthd_path: join(folder, "mux"),
    unixhierarchysep: "yes",
    virtdomains: "userid",
    autocreate_quota: "0",
    autocreate_users: "anyone",
    caldav_create_default: "no",
    caldav_create_attach: "no",
    // The server invites people itself. Nobody gets the mail.
    sendmail: "/bin/true",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(folder, "imapd.conf"), lines.join(""));
  const service = (name: string, port: number, daemon: string) =>
    `  ${name} cmd="${daemon} -C ${join(folder, "imapd.conf")}" listen="127.0.0.1:${port}" prefork=0\n`;
  const recover = `START {\n  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -C ${join(folder, "imapd.conf")} -r"\n}\n`;
  const services =
    service("http", ports.http, HTTPD) + service("imap", ports.imap, "/usr/lib/cyrus/bin/imapd");
  writeFileSync(join(folder, "cyrus.conf"), `${recover}SERVICES {\n${services}}\n`);
}

/** Answers whether a password is right, as saslauthd does: four counted strings, and one in return. */
function answerPasswords(folder: string) {
  const answer = (socket: Socket) => {
    let arrived = Buffer.alloc(0);
    socket.on("data", (data: Buffer) => {
      arrived = Buffer.concat([arrived, data]);
      const texts: string[] = [];
      for (let at = 0; at + 2 <= arrived.length; ) {
        const end = at + 2 + arrived.readUInt16BE(at);
        if (end > arrived.length) return;
        texts.push(arrived.toString("utf8", at + 2, end));
        at = end;
      }
      if (texts.length === 4) socket.end(texts[1] === PASSWORD ? "\0\x02OK" : "\0\x02NO");
    });
  };
  const path = join(folder, "mux");
  return createServer(answer).listen(path, () => chmodSync(path, 0o666));
}

/** Signs in and gives commands. */
async function imap(port: number, user: string, commands: readonly string[]): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  try {
    for (const command of [`LOGIN ${user} ${PASSWORD}`, ...commands]) {
      socket.write(`t ${command}\r\n`);
      for (;;) {
        const { value = "t NO it hung up" } = await lines.next();
        if (!value.startsWith("t ")) continue;
        if (!value.startsWith("t OK")) throw new Error(`IMAP: ${value}`);
        break;
      }
    }
  } finally {
    socket.destroy();
  }
}

export const cyrus: CalendarServer = {
  name: "Cyrus",
  packages: ["cyrus-imapd", "cyrus-caldav"],
  always: false,
  isInstalled: () => existsSync(MASTER) && existsSync(HTTPD),
  keepsZones: true,
  skips: [
    NO_PUSH,
    {
      reason: "Cyrus forgets what is deleted, its UID too",
      tests: ["L31: an id that is burnt is left for another, and found again there"],
    },
  ],
  async start() {
    const imapPort = await freePort();
    const owner = runner();
    return startServer(
      "Cyrus",
      (folder, port): Running => {
        configure(folder, { http: port, imap: imapPort }, owner.name);
        const passwords = answerPasswords(folder);
        for (const name of ["", "imapd.conf", "cyrus.conf", ...FOLDERS])
          chownSync(join(folder, name), owner.uid, owner.gid);
        const files = ["-C", join(folder, "imapd.conf"), "-M", join(folder, "cyrus.conf")];
        const master = start(MASTER, [...files, "-p", join(folder, "master.pid")]);
        const stop = async () => {
          await master.stop();
          passwords.close();
        };
        return { ...master, stop };
      },
      ({ url }) => {
        let people = 0;
        return {
          async newPerson() {
            people += 1;
            const username = `ana-${people}@example.com`;
            await imap(imapPort, username, []);
            const home = `/dav/calendars/user/${username}/`;
            const readOnly = `${home}shared/`;
            const authorization = `Basic ${btoa(`${username}:${PASSWORD}`)}`;
            await fetch(url + readOnly, { method: "MKCALENDAR", headers: { authorization } });
            const mailbox = `user/ana-${people}/#calendars/shared@example.com`;
            await imap(imapPort, "admin", [`SETACL ${mailbox} ${username} lrs9`]);
            return { username, password: PASSWORD, home, readOnly };
          },
        };
      },
    );
  },
};
