using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Application.Sources;

/// <param name="Password">Null keeps the stored one, an empty text removes it.</param>
public sealed record UpdateSource(string Id, string? Name, string? Host, int? Port, string? Database, string? User, string? Password) : IRequest<SourceView>;

public sealed class UpdateSourceHandler(ISources sources, ISecrets secrets, TimeProvider time) : IRequestHandler<UpdateSource, SourceView>
{
    public async Task<SourceView> Handle(UpdateSource request, CancellationToken cancellationToken)
    {
        var source = await sources.GetAsync(request.Id, cancellationToken);
        var facts = new ConnectionFacts(request.Host ?? source.Host, request.Port ?? source.Port, request.Database ?? source.Database, request.User ?? source.User);
        source.Change(request.Name ?? source.Name, facts, time.GetUtcNow());
        if (request.Password is { } password)
            source.ChangePassword(password.Length == 0 ? null : secrets.Protect(SourceRules.Password(password)), time.GetUtcNow());
        await sources.SaveAsync(source, cancellationToken);
        return SourceView.Of(source);
    }
}
