using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;

namespace Ops.Backup.Api.Startup;

public static class SwaggerSetup
{
    public static void AddSwagger(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(swagger =>
        {
            swagger.SwaggerDoc("v1", new OpenApiInfo
            {
                Title = "Ops.Backup",
                Version = "v1",
                Description = "Backs up PostgreSQL databases and shows what it did. Try it: add a source, test it, back it up, follow the answer's Location. Times are UTC, sizes bytes, durations seconds. Every error is a problem details object with a stable `code`.",
            });
            swagger.MapType<ProblemDetails>(() => new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "RFC 9457. Switch on `code`, which is stable; `field` names what was wrong in the request, `conflictingId` what stands in the way.",
#pragma warning disable CS0618 // "examples" is of OpenAPI 3.1; the document is 3.0
                Example = new JsonObject
                {
                    ["title"] = "Not possible in the present state",
                    ["status"] = 409,
                    ["detail"] = "A backup of chinook is already running or queued: 0199a001-5b2c-7d10-8f3e-6a7b8c9d0e1f.",
                    ["code"] = "BACKUP_ALREADY_RUNNING",
                    ["conflictingId"] = "0199a001-5b2c-7d10-8f3e-6a7b8c9d0e1f",
                },
#pragma warning restore CS0618
            });
            foreach (var documentation in Directory.EnumerateFiles(AppContext.BaseDirectory, "Ops.Backup.*.xml")) swagger.IncludeXmlComments(documentation);
        });
    }
}
