using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>One call before it has an address and a signature.</summary>
/// <param name="Operation">OSS's own name of it, for messages.</param>
/// <param name="Key">Null for a call to the bucket.</param>
internal sealed record OssRequest(HttpMethod Method, string Operation, string? Key)
{
    /// <summary>Not escaped yet; a null value is a bare name.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Query { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public string? ContentType { get; init; }

    public PartBody? Body { get; init; }

    public OssRequest With(IEnumerable<KeyValuePair<string, string?>> query) => this with { Query = [.. Query, .. query] };
}
