using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Application.Sources;

/// <summary>A database to back up.</summary>
/// <param name="Name" example="orders">What people call it; unique, at most 100 characters.</param>
/// <param name="Host" example="127.0.0.1">A host name, an IP address, or the folder of a Unix socket.</param>
/// <param name="Port" example="5432">1 to 65535; 5432 when left out.</param>
/// <param name="Database" example="orders">The database's real name, at most 63 bytes.</param>
/// <param name="User" example="backup">The role that connects; it must be able to read everything.</param>
/// <param name="Password" example="change me">Stored encrypted, never shown. Leave it out where the server asks for none.</param>
public sealed record CreateSource(string? Name, string? Host, int? Port, string? Database, string? User, string? Password) : IRequest<SourceView>;

public sealed class CreateSourceHandler(ISources sources, ISecrets secrets, TimeProvider time) : IRequestHandler<CreateSource, SourceView>
{
    public const int DefaultPort = 5432;

    public async Task<SourceView> Handle(CreateSource request, CancellationToken cancellationToken)
    {
        var facts = new ConnectionFacts(request.Host ?? "", request.Port ?? DefaultPort, request.Database ?? "", request.User ?? "");
        var password = request.Password is { Length: > 0 } text ? secrets.Protect(SourceRules.Password(text)) : null;
        var source = DatabaseSource.Create(request.Name ?? "", facts, password, time.GetUtcNow());
        await sources.AddAsync(source, cancellationToken);
        return SourceView.Of(source);
    }
}
