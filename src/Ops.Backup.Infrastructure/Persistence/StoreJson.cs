using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>A store's settings as they stand in the column: their own keys, and <c>kind</c>, which says which record they are.</summary>
internal static class StoreJson
{
    private const string Kind = "kind";

    private static readonly JsonSerializerOptions Options = new(DatabaseJson.Options)
    {
        // jsonb orders keys by its own rules, so the kind may come last.
        AllowOutOfOrderMetadataProperties = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameTheKind } },
    };

    public static string Write(StoreSettings settings) => JsonSerializer.Serialize(settings, Options);

    public static StoreSettings Read(string json) => JsonSerializer.Deserialize<StoreSettings>(json, Options)!;

    private static void NameTheKind(JsonTypeInfo type)
    {
        if (!type.Type.IsAssignableTo(typeof(StoreSettings))) return;
        foreach (var property in type.Properties.Where(property => property.Name is Kind).ToList()) type.Properties.Remove(property);
        if (type.Type != typeof(StoreSettings)) return;
        type.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = Kind };
        foreach (var (kind, record) in Records) type.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(record, Words.Of(kind)));
    }

    private static IEnumerable<(StoreKind Kind, Type Record)> Records =>
    [
        (StoreKind.Local, typeof(LocalSettings)), (StoreKind.Oss, typeof(OssSettings)), (StoreKind.S3, typeof(S3Settings)), (StoreKind.Rclone, typeof(RcloneSettings)),
    ];
}
