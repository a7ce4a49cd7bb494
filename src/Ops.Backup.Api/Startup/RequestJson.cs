using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Json;

namespace Ops.Backup.Api.Startup;

/// <summary>How requests are read and answers written.</summary>
public static class RequestJson
{
    /// <summary>A key that we don't know is a mistake of the caller's that should not pass in silence.</summary>
    public static void Configure(JsonOptions json)
    {
        json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
    }
}
