using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>OSS's answers. They come from outside: no DTD, nothing fetched, sizes bounded.</summary>
internal static class OssXml
{
    private static readonly XmlReaderSettings Strict = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = OssConnection.MaxAnswerBytes,
        MaxCharactersFromEntities = 1024,
    };

    /// <summary>The root element; null when it is no XML.</summary>
    public static XElement? Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return null;
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(bytes.ToArray(), writable: false), Strict);
            return XDocument.Load(reader).Root;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    // Some installations put their elements into a namespace.
    public static string? Text(this XElement element, string name) => element.Elements().FirstOrDefault(child => child.Name.LocalName == name)?.Value;

    public static IEnumerable<XElement> All(this XElement element, string name) => element.Elements().Where(child => child.Name.LocalName == name);

    /// <exception cref="FormatException">It is missing, or no number.</exception>
    public static long Number(this XElement element, string name) =>
        long.Parse(element.Text(name) ?? throw new FormatException($"{name} is missing."), NumberStyles.None, CultureInfo.InvariantCulture);

    public static DateTimeOffset? Time(this XElement element, string name) =>
        DateTimeOffset.TryParse(element.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    public static byte[] CompleteUpload(IEnumerable<UploadedPart> parts) =>
        Encoding.UTF8.GetBytes(new XElement("CompleteMultipartUpload", parts.Select(part =>
            new XElement("Part", new XElement("PartNumber", part.Number), new XElement("ETag", $"\"{part.ETag}\"")))).ToString(SaveOptions.DisableFormatting));
}
