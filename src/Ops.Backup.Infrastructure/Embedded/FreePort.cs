using System.Net;
using System.Net.Sockets;

namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>A loopback port for the server. Somebody else may take it before the server does; the caller then asks again.</summary>
internal static class FreePort
{
    public static int Choose(int? preferred) => preferred is { } port && TryBind(port) is not null ? port : TryBind(0)!.Value;

    private static int? TryBind(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // As PostgreSQL does: connections of the last run that are still fading away don't count.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(1);
            return ((IPEndPoint)socket.LocalEndPoint!).Port;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
