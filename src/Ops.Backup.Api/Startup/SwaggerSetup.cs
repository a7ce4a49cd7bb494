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
            foreach (var documentation in Directory.EnumerateFiles(AppContext.BaseDirectory, "Ops.Backup.*.xml")) swagger.IncludeXmlComments(documentation);
        });
    }
}
