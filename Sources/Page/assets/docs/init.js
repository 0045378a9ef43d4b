// Without Swagger UI (a build that was made before scripts/setup) the link to the description stays.
if (window.SwaggerUIBundle) {
    window.SwaggerUIBundle({
        url: "/openapi.json", dom_id: "#docs", deepLinking: true, defaultModelsExpandDepth: 0, validatorUrl: null,
        docExpansion: "list", tagsSorter: "alpha",
    });
}
