// Starts swagger-ui on this service's own document. Nothing is loaded from elsewhere, and no token is kept.
window.SwaggerUIBundle({
  url: "../openapi.json",
  dom_id: "#swagger-ui",
  docExpansion: "list",
  filter: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
  validatorUrl: null,
});
