// The operators' sign-in: a form that takes a service token.
import { OPS_SIGN_IN_PATH } from "../../http/operator-session.ts";
import type { Frame } from "../frame.ts";
import { Page } from "../layout.tsx";

/** @param isRefused the token that was sent opens nothing */
export const SignInPage = ({ frame, isRefused }: { frame: Frame; isRefused: boolean }) => {
  const { ops } = frame.words;
  return (
    <Page frame={frame} title={ops.signIn}>
      <h1>{ops.title}</h1>
      {isRefused ? (
        <p class="notice bad" role="alert">
          {ops.refused}
        </p>
      ) : null}
      <p>{ops.signInMeans}</p>
      <form class="card" method="post" action={OPS_SIGN_IN_PATH}>
        <label for="token">{ops.token}</label>
        <input id="token" name="token" type="password" autocomplete="off" required spellcheck={false} />
        <div class="actions">
          <button type="submit" class="primary">
            {ops.signIn}
          </button>
        </div>
      </form>
    </Page>
  );
};
