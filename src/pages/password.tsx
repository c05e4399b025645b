// The password page: for providers without a consent page.

import { BASE_PATH } from "../http/operation.ts";
import { segmentOf } from "../http/provider-segment.ts";
import type { PasswordFlow, ProviderName } from "../providers/provider.ts";
import { Page } from "./layout.tsx";
import { PROVIDER_WORDS } from "./words.ts";

/** One field of the form. */
export interface PasswordField {
  readonly name: "serverUrl" | "username" | "password" | "ownAddress";
  readonly label: string;
  readonly help: string;
  readonly secret: boolean;
  readonly required: boolean;
}

/** The help text above the form. */
export function passwordHelp({ appPasswordsAt }: PasswordFlow): string {
  const kept = "We keep it encrypted and use it for your calendars only.";
  return appPasswordsAt === null
    ? "Many providers let you make an app password, which opens your calendars to one service alone and can be " +
        `taken back at any time. Make one in the account's security settings if yours does. ${kept}`
    : "An app-specific password opens your calendars to one service alone, and you can take it back at any time " +
        `without changing your own. Make one at ${appPasswordsAt}, and enter it here. Your ordinary password ` +
        `does not work. ${kept}`;
}

/** The fields of the form. */
export function passwordFields({ asksServer, appPasswordsAt }: PasswordFlow): PasswordField[] {
  const server: PasswordField = {
    name: "serverUrl",
    label: "Server address",
    help: "As your provider's help pages give it for CalDAV, like https://dav.example.com.",
    secret: false,
    required: true,
  };
  const address: PasswordField = {
    name: "ownAddress",
    label: "Your email address in invitations",
    help: "If it is not your user name: so an invitation that you declined takes none of your time.",
    secret: false,
    required: false,
  };
  return [
    ...(asksServer ? [server] : []),
    {
      name: "username",
      label: "User name",
      help: "Most often your email address there.",
      secret: false,
      required: true,
    },
    {
      name: "password",
      label: appPasswordsAt === null ? "Password" : "App-specific password",
      help:
        appPasswordsAt === null
          ? "An app password, if your provider has such."
          : "Not the one with which you sign in there.",
      secret: true,
      required: true,
    },
    ...(asksServer ? [address] : []),
  ];
}

const Input = ({ field, value }: { field: PasswordField; value: string }) => (
  <>
    <label for={field.name}>{field.label}</label>
    <input
      id={field.name}
      name={field.name}
      type={field.secret ? "password" : "text"}
      value={field.secret ? "" : value}
      required={field.required}
      autocomplete="off"
      autocapitalize="none"
      aria-describedby={`${field.name}-help`}
    />
    <p class="soft small" id={`${field.name}-help`}>
      {field.help}
    </p>
  </>
);

/** The page's input. `values` were entered before; the password is never among them. */
export interface PasswordPageInput {
  /** Whose calendars will be connected; null where the form didn't say it. */
  readonly agentId: string | null;
  readonly provider: ProviderName;
  readonly flow: PasswordFlow;
  readonly values: Readonly<Partial<Record<"serverUrl" | "username" | "ownAddress", string>>>;
  /** The account to connect again. */
  readonly accountId: string | null;
  /** Where the browser goes afterwards, as a full URL. */
  readonly returnTo: string;
  /** The error of the last attempt. */
  readonly error: string | null;
}

const titleOf = ({ provider, flow }: PasswordPageInput): string =>
  `Connect ${flow.asksServer ? "a calendar server (CalDAV)" : PROVIDER_WORDS[provider]}`;

/** The whole page. */
export const PasswordPage = (input: PasswordPageInput) => (
  <Page title={titleOf(input)}>
    <nav>
      <a href={input.returnTo}>← Back</a>
    </nav>
    <h1>{titleOf(input)}</h1>
    {input.agentId === null ? null : (
      <p>
        The calendars will be connected for <strong>{input.agentId}</strong>.
      </p>
    )}
    <p class="soft">{passwordHelp(input.flow)}</p>
    {input.error === null ? null : (
      <p class="notice bad" role="alert">
        {input.error}
      </p>
    )}
    <form class="card" method="post" action={`${BASE_PATH}/${segmentOf(input.provider)}/auth`}>
      {passwordFields(input.flow).map((field) => (
        <Input field={field} value={(field.name === "password" ? "" : input.values[field.name]) ?? ""} />
      ))}
      {input.agentId === null ? null : <input type="hidden" name="agentId" value={input.agentId} />}
      {input.accountId === null ? null : <input type="hidden" name="accountId" value={input.accountId} />}
      <input type="hidden" name="returnTo" value={input.returnTo} />
      <div class="actions">
        <button type="submit" class="primary">
          Connect
        </button>
      </div>
    </form>
  </Page>
);
