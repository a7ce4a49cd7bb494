namespace Ops.Backup.Api.Errors;

public static class QueryValues
{
    /// <summary>Every parameter of the query string, also those that no endpoint declares: a use case refuses what it does not know.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> QueryTexts(this HttpRequest request) =>
        request.Query.ToDictionary(pair => pair.Key, IReadOnlyList<string> (pair) => [.. pair.Value.Select(value => value ?? "")], StringComparer.Ordinal);
}
