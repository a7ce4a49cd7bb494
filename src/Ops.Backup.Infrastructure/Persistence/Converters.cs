using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Ops.Backup.Domain;

namespace Ops.Backup.Infrastructure.Persistence;

internal static class Converters
{
    /// <summary>An enumeration is stored as the contract's word.</summary>
    public static PropertyBuilder<T> AsWord<T>(this PropertyBuilder<T> property) where T : struct, Enum =>
        property.HasConversion(value => Words.Of(value), word => Words.Parse<T>(word, typeof(T).Name)).HasColumnType("text");

    /// <summary>A list is stored as a JSON array.</summary>
    public static PropertyBuilder<IReadOnlyList<T>> AsJson<T>(this PropertyBuilder<IReadOnlyList<T>> property)
    {
        property.HasConversion(
            new ValueConverter<IReadOnlyList<T>, string>(list => ToJson(list), json => FromJson<T>(json)),
            new ValueComparer<IReadOnlyList<T>>(
                (left, right) => left!.SequenceEqual(right!), list => list.Aggregate(0, (hash, item) => HashCode.Combine(hash, item)), list => list));
        return property.HasColumnType("jsonb");
    }

    public static string ToJson<T>(IReadOnlyList<T> list) => JsonSerializer.Serialize(list, DatabaseJson.Options);

    public static IReadOnlyList<T> FromJson<T>(string json) => JsonSerializer.Deserialize<List<T>>(json, DatabaseJson.Options)!;
}
