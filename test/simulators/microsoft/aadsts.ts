// AADSTS: the codes of the token endpoint, each with its OAuth error (`docs/providers/microsoft.md` B.1.3).

interface Refusal {
  readonly error: string;
  readonly text: string;
  /** Default 400. */
  readonly status?: number;
  readonly suberror?: string;
  readonly claims?: string;
}

const STEP = JSON.stringify({
  access_token: { capolids: { essential: true, values: ["c1000000-0000-4000-8000-00000000000c"] } },
});
const grant = (text: string, extra: Partial<Refusal> = {}): Refusal => ({
  error: "invalid_grant",
  text,
  ...extra,
});
const step = (text: string, suberror: string): Refusal => ({
  error: "interaction_required",
  text,
  suberror,
  claims: STEP,
});

/** The table's entry for each code. */
export const AADSTS: Readonly<Record<number, Refusal>> = {
  700082: grant("The refresh token has expired due to inactivity. The token was inactive for 90.00:00:00."),
  70008: grant("The provided authorization code or refresh token has expired due to inactivity."),
  700084: grant(
    "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00.",
  ),
  50173: grant("The provided grant has expired due to it being revoked, a fresh auth token is needed.", {
    suberror: "bad_token",
  }),
  50057: grant("The user account is disabled."),
  50034: grant("The user account does not exist in the directory."),
  500341: grant("The user account has been deleted from the directory."),
  70000: grant("The provided value for the input parameter 'refresh_token' or 'assertion' is not valid."),
  50076: step(
    "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.",
    "basic_action",
  ),
  50079: step(
    "Due to a configuration change made by your administrator, you must enroll in multi-factor authentication.",
    "basic_action",
  ),
  50074: step("Strong Authentication is required.", "basic_action"),
  50078: step(
    "Presented multi-factor authentication has expired due to policies configured by your administrator.",
    "basic_action",
  ),
  53000: step("Your device is required to be compliant to access this resource.", "message_only"),
  53003: step("Access has been blocked by Conditional Access policies.", "message_only"),
  50158: step("External security challenge not satisfied.", "additional_action"),
  50105: grant("The signed in user is not assigned to a role for the application."),
  65001: grant("The user or administrator has not consented to use the application.", {
    suberror: "consent_required",
  }),
  90094: { error: "access_denied", text: "Admin consent is required for the permissions requested." },
  90095: { error: "access_denied", text: "Admin consent is required; the user may ask for it." },
  7000215: { error: "invalid_client", text: "Invalid client secret provided.", status: 401 },
  7000222: { error: "invalid_client", text: "The provided client secret keys are expired.", status: 401 },
  700016: { error: "unauthorized_client", text: "Application was not found in the directory." },
  9002313: { error: "invalid_request", text: "Invalid request. Request is malformed or invalid." },
  900144: { error: "invalid_request", text: "The request body must contain a required parameter." },
  50011: {
    error: "invalid_request",
    text: "The redirect URI specified in the request does not match the redirect URIs configured for the application.",
  },
  54005: grant("OAuth2 Authorization code was already redeemed, please retry with a new valid code."),
  50148: grant("The code_verifier does not match the code_challenge supplied in the authorization request."),
  50196: grant("The server terminated an operation because it encountered a client request loop."),
  90033: { error: "temporarily_unavailable", text: "A transient error has occurred. Please try again." },
  90002: {
    error: "invalid_request",
    text: "Tenant not found. Check to make sure you have the correct tenant ID.",
  },
  9002331: {
    error: "invalid_request",
    text: "Application is configured for use by Microsoft Account users only. Please use the /consumers endpoint to serve this request.",
  },
  500200: {
    error: "invalid_request",
    text: "User account is a personal Microsoft account. Personal Microsoft accounts are not supported for this application unless explicitly invited to an organization.",
  },
  50020: {
    error: "invalid_request",
    text: "User account from another identity provider does not exist in the tenant and cannot access the application.",
  },
  9002325: {
    error: "invalid_request",
    text: "Proof Key for Code Exchange is required for cross-origin authorization code redemption.",
  },
  70003: { error: "unsupported_grant_type", text: "The app used an unsupported grant type." },
  70011: { error: "invalid_scope", text: "The provided value for the input parameter 'scope' is not valid." },
};
