// The password page: for providers without a consent page.
import type { EngineError } from "../../domain/errors.ts";
import { BASE_PATH } from "../../http/operation.ts";
import { segmentOf } from "../../http/provider-segment.ts";
import type { PasswordFlow, ProviderName } from "../../providers/provider.ts";
import { errorWords, wordsUnder } from "../error-words.ts";
import type { Frame } from "../frame.ts";
import { Page } from "../layout.tsx";
import type { Words } from "../words/english.ts";
import { MOST_LETTERS } from "./provider-auth-operations.ts";

/** One field of the form. */
export interface PasswordField {
  readonly name: "serverUrl" | "username" | "password" | "ownAddress";
  readonly label: string;
  readonly help: string;
  readonly secret: boolean;
  readonly required: boolean;
}

/** The help text above the form. */
export const passwordHelp = ({ password }: Words, { appPasswordsAt }: PasswordFlow): string =>
  appPasswordsAt === null ? password.anyPassword : password.appPassword(appPasswordsAt);

/** The fields of the form. */
export function passwordFields(
  { password: { labels, help } }: Words,
  { asksServer, appPasswordsAt }: PasswordFlow,
): PasswordField[] {
  const field = (name: PasswordField["name"], words: keyof typeof labels = name): PasswordField => ({
    name,
    label: labels[words],
    help: help[words],
    secret: name === "password",
    required: name !== "ownAddress",
  });
  return [
    ...(asksServer ? [field("serverUrl")] : []),
    field("username"),
    field("password", appPasswordsAt === null ? "password" : "appPassword"),
    ...(asksServer ? [field("ownAddress")] : []),
  ];
}

/** What is wrong with what was entered. */
export function passwordErrorWords(words: Words, flow: PasswordFlow, error: EngineError): string {
  const { faults, appPasswordRefused } = words.password;
  if (error.code === "password_refused" && flow.appPasswordsAt !== null) {
    return appPasswordRefused(flow.appPasswordsAt);
  }
  return wordsUnder(faults, String(error.extra["providerCode"])) ?? errorWords(words, error);
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
      maxlength={MOST_LETTERS[field.name]}
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
  readonly frame: Frame;
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

/** The whole page. */
export const PasswordPage = (input: PasswordPageInput) => {
  const { frame, agentId, provider, flow } = input;
  const { password, providers } = frame.words;
  const title = flow.asksServer ? password.connectServer : password.connect(providers[provider]);
  return (
    <Page frame={frame} title={title}>
      <p>
        <a class="back" href={input.returnTo}>
          {password.back}
        </a>
      </p>
      <h1>{title}</h1>
      {agentId === null ? null : <p>{password.for(<strong>{agentId}</strong>)}</p>}
      <p class="soft">{passwordHelp(frame.words, flow)}</p>
      {input.error === null ? null : (
        <p class="notice bad" role="alert">
          {input.error}
        </p>
      )}
      <form class="card" method="post" action={`${BASE_PATH}/${segmentOf(provider)}/auth`}>
        {passwordFields(frame.words, flow).map((field) => (
          <Input field={field} value={(field.name === "password" ? "" : input.values[field.name]) ?? ""} />
        ))}
        {agentId === null ? null : <input type="hidden" name="agentId" value={agentId} />}
        {input.accountId === null ? null : <input type="hidden" name="accountId" value={input.accountId} />}
        <input type="hidden" name="returnTo" value={input.returnTo} />
        <div class="actions">
          <button type="submit" class="primary">
            {password.submit}
          </button>
        </div>
      </form>
    </Page>
  );
};
