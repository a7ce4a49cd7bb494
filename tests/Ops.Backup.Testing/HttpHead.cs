using System.Globalization;
using System.Text;

namespace Ops.Backup.Testing;

/// <summary>The first line and the header fields of an HTTP/1.1 message, written as they came.</summary>
internal sealed class HttpHead
{
    private readonly List<(string Name, string Value)> _fields = [];

    private HttpHead(string firstLine) => FirstLine = firstLine;

    public string FirstLine { get; }

    public int Length { get; private init; }

    public IReadOnlyDictionary<string, string> Fields =>
        _fields.GroupBy(pair => pair.Name, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => string.Join(", ", group.Select(pair => pair.Value)), StringComparer.OrdinalIgnoreCase);

    /// <summary>Of an answer.</summary>
    public int Status => int.Parse(FirstLine.Split(' ')[1], CultureInfo.InvariantCulture);

    public bool IsChunked => Fields.TryGetValue("Transfer-Encoding", out var value) && value.Contains("chunked", StringComparison.OrdinalIgnoreCase);

    public long? ContentLength => Fields.TryGetValue("Content-Length", out var value) ? long.Parse(value, CultureInfo.InvariantCulture) : null;

    /// <summary>Null at the stream's end.</summary>
    public static async Task<HttpHead?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var first = await ReadLineAsync(stream, cancellationToken);
        if (first is null) return null;
        var lines = new List<string>();
        while (await ReadLineAsync(stream, cancellationToken) is { Length: > 0 } line) lines.Add(line);
        var head = new HttpHead(first) { Length = first.Length + 4 + lines.Sum(line => line.Length + 2) };
        foreach (var line in lines)
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon) head.Add(line[..colon], line[(colon + 1)..].Trim());
        return head;
    }

    public static async Task<string?> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, cancellationToken) > 0)
        {
            if (one[0] == '\n') return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            line.Add(one[0]);
        }
        return null;
    }

    public void Add(string name, string value) => _fields.Add((name, value));

    public void Remove(string name) => _fields.RemoveAll(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public override string ToString() => $"{FirstLine}\r\n{string.Concat(_fields.Select(field => $"{field.Name}: {field.Value}\r\n"))}\r\n";
}
